import { join } from "node:path";
import { type EnvironmentDefinition, getEnvironment, rolloutCandidates } from "../sim/mod.ts";
import { exportDataset } from "../store/foreign.ts";
import { mergeDatasets, shardDirectory, writeShard } from "../store/mod.ts";
import { pythonEnvironment } from "../tools/python_env.ts";
import { VideoEncoder } from "../view/video.ts";
import { compareClones } from "./_clones.ts";
import { type BenchmarkOptions, type Figure, takeTurns } from "./_figures.ts";
import { startPeer } from "./_peer.ts";

/**
 * Random windows of 16 steps per second: `sluice.torch.WindowLoader` beside LeRobot's dataset in
 * PyTorch's DataLoader, on the same episodes; and whether what PyTorch learns from our windows is as
 * good as what our trainer learns.
 */

const ROUNDS = 3, SECONDS = 2;
const PEER = "LeRobotDataset 0.4.4";
const CAMERA = { width: 96, height: 96, image: true, depth: false, segmentation: false };

/** Data to load. */
interface Recorded {
  readonly environment: EnvironmentDefinition;
  readonly policy: string;
  readonly episodes: number;
  readonly cameras?: readonly (typeof CAMERA & { readonly shadows: boolean })[];
}

export async function measureLoader({ seed }: BenchmarkOptions): Promise<readonly Figure[]> {
  const { python, reason } = await pythonEnvironment("lerobot");
  if (python === null) throw new Error(`Cannot measure loaders: ${reason}`);
  const directory = await Deno.makeTempDir({ prefix: "sluice-bench-" });
  try {
    return [
      ...await compareNumbers(python, join(directory, "numbers"), seed),
      ...await comparePictures(python, join(directory, "pictures"), seed),
      ...await compareClones(python, seed),
    ];
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** Windows of state and action, in this process and by two workers. */
async function compareNumbers(
  python: string,
  directory: string,
  seed: number,
): Promise<readonly Figure[]> {
  const places = await record(directory, seed, {
    environment: getEnvironment("reach"),
    policy: "scripted",
    episodes: 256,
  });
  const start = (side: "ours" | "lerobot", workers: number, fields: readonly string[]) =>
    startPeer(python, "loader.py", [side, places[side], workers, directory, ...fields]);
  const ours = ["observation", "action"], theirs = ["observation.state", "action"];
  await using one = start("ours", 0, ours);
  await using two = start("ours", 2, ours);
  await using lerobot = start("lerobot", 0, theirs);
  const rates = await takeTurns(ROUNDS, {
    one: () => one.measure(SECONDS),
    lerobot: () => lerobot.measure(SECONDS),
    two: () => two.measure(SECONDS),
  });
  const unit = "windows/s";
  return [{
    id: "loader.windows",
    name: "windows of 16 steps, state and action, one process",
    unit,
    value: rates.one,
    peer: { name: PEER, value: rates.lerobot },
    bar: { of: "ratio", least: 4 },
  }, {
    id: "loader.windows-workers",
    name: "the same by two workers",
    unit,
    value: rates.two,
    peer: { name: "one process", value: rates.one },
    bar: { of: "ratio", least: 1.5 },
  }];
}

/** Windows that have an image of 96 × 96 px for each step. */
async function comparePictures(
  python: string,
  directory: string,
  seed: number,
): Promise<readonly Figure[]> {
  const places = await record(directory, seed, {
    environment: getEnvironment("push-t", { engine: "chipmunk" }),
    policy: "planner",
    episodes: 24,
    cameras: [{ ...CAMERA, shadows: true }],
  });
  const start = (side: "ours" | "lerobot", workers: number, fields: readonly string[]) =>
    startPeer(python, "loader.py", [side, places[side], workers, directory, ...fields]);
  const ours = ["observation", "action", "observation/image"];
  await using one = start("ours", 0, ours);
  await using two = start("ours", 2, ours);
  const theirs = ["observation.state", "action", "observation.images.image"];
  await using lerobot = start("lerobot", 0, theirs);
  const rates = await takeTurns(ROUNDS, {
    one: () => one.measure(SECONDS),
    lerobot: () => lerobot.measure(SECONDS),
    two: () => two.measure(SECONDS),
  });
  return [{
    id: "loader.pictures",
    name: "windows of 16 steps with images of 96 × 96 px, one process",
    unit: "windows/s",
    value: rates.one,
    peer: { name: `${PEER}, video`, value: rates.lerobot },
    bar: { of: "ratio", least: 2 },
  }, {
    id: "loader.pictures-workers",
    name: "the same by two workers",
    unit: "windows/s",
    value: rates.two,
    peer: { name: "one process", value: rates.one },
  }];
}

/** Records a dataset and exports it. @returns Directories of both */
async function record(
  directory: string,
  seed: number,
  { environment, policy, episodes, cameras }: Recorded,
): Promise<{ readonly ours: string; readonly lerobot: string }> {
  const seen = cameras === undefined ? {} : { cameras };
  const table = await rolloutCandidates({
    ...{ environment, policy, seed, stream: "bench", first: 0, count: episodes },
    ...seen,
  });
  const generate = join(directory, "generate"), ours = join(directory, "merge");
  const schema = environment.schema({ policy, ...seen });
  await writeShard(shardDirectory(generate, 0), table, { schema });
  await mergeDatasets(
    ours,
    [{ name: "generate", directory: generate, verdicts: null, lastShard: 0, limit: episodes }],
    { seed, stream: "merge", split: { train: 1, validation: 0, test: 0 } },
  );
  const lerobot = join(directory, "lerobot");
  await exportDataset(ours, lerobot, "lerobot", { task: "Act", openVideo: VideoEncoder.open });
  return { ours, lerobot };
}
