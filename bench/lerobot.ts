/**
 * Measures how long the LeRobot writer takes to close an episode with images, early and late in a
 * dataset.
 */
import { join } from "node:path";
import { getEnvironment, rolloutCandidates } from "../sim/mod.ts";
import { mergeDatasets, openDataset, shardDirectory, writeShard } from "../store/mod.ts";
import { LeRobotWriter } from "../store/lerobot/writer.ts";
import { VideoEncoder } from "../view/video.ts";
import { type BenchmarkOptions, type Figure, median } from "./_figures.ts";

/** Episodes of the dataset, and how many at its start and end are compared. */
const EPISODES = 240, COMPARED = 40;

/** Seconds of an episode, at most; seconds late over seconds early. */
const CLOSING_BAR = 1, FLATNESS_BAR = 1.5;

const CAMERAS = [
  { width: 128, height: 128, image: true, depth: false, segmentation: false, shadows: false },
];

export async function measureLeRobot({ seed }: BenchmarkOptions): Promise<readonly Figure[]> {
  const directory = await Deno.makeTempDir({ prefix: "sluice-bench-" });
  try {
    const dataset = await openDataset(await recordEpisode(directory, seed));
    const episode = await dataset.readTable(0, 1);
    const seconds: number[] = [];
    const target = join(directory, "lerobot");
    const tasks = { texts: ["Grasp the cube"], byEpisode: null, byStep: false };
    using writer = new LeRobotWriter(target, {
      dataset,
      tasks,
      extras: { openVideo: VideoEncoder.open },
    });
    for (let i = 0; i < EPISODES; i++) {
      const started = performance.now();
      await writer.append(episode);
      seconds.push((performance.now() - started) / 1000);
    }
    await writer.finish(async function* () {
      for (let i = 0; i < EPISODES; i++) yield await Promise.resolve(episode);
    });
    const steps = episode.lengths[0]!; // of the one
    const early = median(seconds.slice(0, COMPARED)), late = median(seconds.slice(-COMPARED));
    return [
      {
        id: "lerobot.closing",
        name: `LeRobot: closing an episode of ${steps} pictures, worst of ${EPISODES}`,
        unit: "s",
        value: Math.max(...seconds),
        bar: { of: "value", most: CLOSING_BAR },
      },
      {
        id: "lerobot.closing-late",
        name: `LeRobot: closing one of the last ${COMPARED} episodes, median`,
        unit: "s",
        value: late,
        peer: { name: `of the first ${COMPARED}`, value: early },
        bar: { of: "ratio", most: FLATNESS_BAR },
      },
    ];
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** A dataset of one episode with images. @returns Its directory */
async function recordEpisode(directory: string, seed: number): Promise<string> {
  const environment = getEnvironment("pick_place"), policy = "scripted";
  const job = { environment, policy, seed, stream: "bench", first: 0, count: 1 };
  const table = await rolloutCandidates({ ...job, cameras: CAMERAS });
  const generate = join(directory, "generate"), merge = join(directory, "merge");
  const schema = environment.schema({ policy, cameras: CAMERAS });
  await writeShard(shardDirectory(generate, 0), table, { schema });
  await mergeDatasets(
    merge,
    [{ name: "generate", directory: generate, verdicts: null, lastShard: 0, limit: 1 }],
    { seed, stream: "merge", split: { train: 1, validation: 0, test: 0 } },
  );
  return merge;
}
