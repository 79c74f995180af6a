import { resolveArtifact } from "../../runtime/data/artifacts.ts";
import { mkdirSync } from "node:fs";
import { dirname, extname } from "node:path";
import type { JsonValue } from "../../core/canonical.ts";
import { InvalidInputError } from "../../core/errors.ts";
import { environmentOf, renderEpisode, replayEpisode, replayObserved } from "../../sim/mod.ts";
import { type Dataset, openDataset, writeFileAtomically } from "../../store/mod.ts";
import { formatCount } from "../../view/format.ts";
import { describeReplay } from "../../view/replay_page.ts";
import { paceOf, VideoEncoder } from "../../view/video.ts";
import { importModules } from "../../runtime/prepare/code_modules.ts";
import { MODULE_FLAG } from "../kit/module_flag.ts";
import { dataRoot, displayPath } from "../../runtime/data/data_root.ts";
import { streamsOf } from "../../runtime/data/dataset_streams.ts";
import { defineCommand } from "../kit/flags.ts";
import { type ForegroundOptions, inForeground } from "../kit/foreground_work.ts";
import { noteLine, printLine } from "../kit/output.ts";
import { checkPlace } from "../../runtime/data/output_file.ts";
import { PAGE_FLAGS, servePage } from "../pages/page_server.ts";
import { composeReplayPage, type ReplayedEpisode, titleOf } from "../pages/replay_page.ts";
import { runCommand } from "../kit/run_command.ts";
import { isTrajectoryFile, openTrajectory } from "../../runtime/data/trajectory_file.ts";

export const REPLAY = defineCommand({
  name: "replay",
  summary: "Simulates a stored episode again, compares it with what was recorded, and shows it.",
  description:
    "The recorded actions are done again from the recorded start, and every number that the " +
    "simulator gives is compared with the stored one. A local page shows the motion and its " +
    "quantities over time; only browsers of this machine can open it. A trajectory file of another " +
    "tool, which says no more than states and actions, is compared step by step.",
  arguments: {
    dataset: {
      description: "A run (reach-expert, reach-expert/7), a stage of it, a path, or a trajectory " +
        "that was exported to hdf5-quadruped (trajectory_00001.h5)",
    },
  },
  flags: {
    episode: {
      type: "integer",
      description: "Number of the episode; a trajectory file has one",
      default: 0,
      min: 0,
    },
    video: {
      type: "text",
      placeholder: "FILE",
      description: "Write an MP4 video instead of serving a page",
    },
    size: {
      type: "integer",
      description: "Width and height of the video in px; even",
      default: 480,
      min: 16,
      max: 1024,
    },
    json: {
      type: "boolean",
      description: "Print the comparison as one line of JSON instead of serving a page; exit " +
        "status 1 where it differs",
    },
    ...PAGE_FLAGS,
    ...MODULE_FLAG,
  },
  examples: [
    ["deno task replay reach-expert --episode 12", "look at an episode"],
    ["deno task replay pusht-dmp --episode 3 --video episode.mp4", "as a video"],
    ["deno task replay reach-expert --json", "does this machine come to the same bits?"],
    ["deno task replay out/trajectory_00001.h5", "an exported trajectory"],
  ],
  readsStored: true,
});

/** @throws {InvalidInputError} If the dataset has no such episode */
function requireEpisode({ episodes }: Pick<Dataset, "episodes">, episode: number): void {
  if (episode < episodes) return;
  throw new InvalidInputError(
    `Cannot replay --episode ${episode}: expected one of 0 to ${
      formatCount(episodes - 1)
    }, found ` +
      "none of that number: correct it",
  );
}

/** What is to be replayed, and what may have drawn it. */
interface Recording extends Omit<ReplayedEpisode, "replay"> {
  /** Streams that may have drawn its start. */
  readonly streams: readonly string[];
}

/** An episode of a stored dataset. */
async function openStored(text: string, episode: number): Promise<Recording> {
  const root = dataRoot();
  const { directory, run } = await resolveArtifact(root, text, "dataset");
  const dataset = await openDataset(directory);
  requireEpisode(dataset, episode);
  return {
    dataset,
    name: run === null ? displayPath(directory) : `${run.pipeline}/${run.run}`,
    episode,
    environment: environmentOf(dataset.schema),
    table: await dataset.readTable(episode, episode + 1),
    streams: await streamsOf(root, run),
  };
}

/** The episode of a trajectory file. */
async function openFile(file: string, episode: number): Promise<Recording> {
  requireEpisode({ episodes: 1 }, episode);
  const { schema, environment, table, streams } = await openTrajectory(file);
  const dataset = { schema, sources: [], episodes: 1 };
  return { dataset, name: displayPath(file), episode: null, environment, table, streams };
}

async function replay({ streams, ...recording }: Recording): Promise<ReplayedEpisode> {
  const { environment, table } = recording;
  return await inForeground("nothing was shown", async ({ signal }) => ({
    ...recording,
    replay: "start_state" in table.episode
      ? await replayEpisode(environment, table, { episode: 0, streams, signal })
      : await replayObserved(environment, table, { signal }),
  }));
}

/** Writes the episode, as it is simulated again, at its own pace. */
async function writeVideo(
  { dataset, environment, table }: ReplayedEpisode,
  { file, size }: { readonly file: string; readonly size: number },
  { signal }: ForegroundOptions,
): Promise<void> {
  const options = { width: size, height: size, ...paceOf(dataset.schema.controlHz) };
  using video = await VideoEncoder.open(options);
  for await (const frame of renderEpisode(environment, table, 0, options)) {
    signal.throwIfAborted();
    video.add(frame);
  }
  mkdirSync(dirname(file), { recursive: true });
  await writeFileAtomically(file, video.finish());
}

function comparisonJson({ name, episode, environment, dataset, replay }: ReplayedEpisode) {
  const { comparison, observations, origin, isExact } = replay;
  return {
    dataset: name,
    episode,
    environment: environment.name,
    engine: { ...environment.engine },
    steps: observations.length - 1,
    control_hz: dataset.schema.controlHz,
    exact: isExact,
    start: origin && { ...origin },
    ...comparison,
    first: comparison.first && { ...comparison.first },
    largest: comparison.largest.map((difference) => ({ ...difference })),
  } satisfies JsonValue;
}

/** @throws {InvalidInputError} If its name says another format, or nothing can lie there */
function checkVideoFile(file: string): string {
  if (/\.mp4$/i.test(file)) return checkPlace(file);
  throw new InvalidInputError(
    `Cannot write "${file}": expected a name that ends in .mp4, found "${
      extname(file)
    }": rename it`,
  );
}

if (import.meta.main) {
  await runCommand(REPLAY, async ({ arguments: { dataset: text }, flags }) => {
    await importModules(flags.module);
    const file = flags.video === undefined ? null : checkVideoFile(flags.video);
    const open = isTrajectoryFile(text) ? openFile : openStored;
    const replayed = await replay(await open(text, flags.episode));
    const { comparison } = replayed.replay;
    if (file !== null) {
      const size = flags.size - flags.size % 2;
      await inForeground(
        "no video was written",
        (options) => writeVideo(replayed, { file, size }, options),
      );
    }
    if (flags.json) {
      printLine(JSON.stringify({
        ...comparisonJson(replayed),
        ...(file === null ? {} : { video: displayPath(file) }),
      }));
      return comparison.equal ? 0 : 1;
    }
    const { word, detail } = describeReplay(replayed.replay, replayed.dataset.schema);
    noteLine(`${titleOf(replayed)}: ${word}: ${detail}`);
    if (file === null) await servePage(composeReplayPage(replayed), flags);
    else printLine(displayPath(file));
    return 0;
  });
}
