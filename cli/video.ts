import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { InvalidInputError } from "../core/errors.ts";
import { environmentOf, renderEpisode } from "../sim/mod.ts";
import { type Dataset, openDataset, resolveOutput, writeFileAtomically } from "../store/mod.ts";
import { VideoEncoder } from "../view/video.ts";
import { dataRoot, displayPath, userPath } from "./data_root.ts";
import { defineCommand } from "./flags.ts";
import { type ForegroundOptions, inForeground } from "./foreground_work.ts";
import { printLine } from "./output.ts";
import { checkPlace } from "./output_file.ts";
import { runCommand } from "./run_command.ts";
import { JSON_FLAG } from "./run_flags.ts";

export const VIDEO = defineCommand({
  name: "video",
  summary: "Writes episodes of a dataset as MP4 videos, and one with all of them.",
  description: "The recorded actions are simulated again from the recorded start, at the pace at " +
    "which they were taken.",
  arguments: {
    dataset: { description: "A run (reach-expert, reach-expert/7), a stage of it, or a path" },
  },
  flags: {
    episodes: {
      type: "text",
      placeholder: "RANGE",
      description: "Numbers of the episodes: 3, 0-9 or 0-4,12",
      default: "0-9",
    },
    size: {
      type: "integer",
      description: "Width and height in px; even",
      default: 192,
      min: 16,
      max: 1024,
    },
    output: {
      type: "text",
      placeholder: "DIR",
      description: "Directory to write to; videos/ beside the run where absent",
    },
    ...JSON_FLAG,
  },
  examples: [
    ["deno task video reach-expert", "the first ten episodes of the latest run"],
    ["deno task video reach-expert --episodes 3 --size 512 --output .", "one, large, here"],
  ],
  readsStored: true,
});

/** Most videos of one call: beyond it, it is a mistake. */
const MAX_EPISODES = 1000;

/**
 * Numbers of a range such as `0-4,12`, those that a dataset has.
 *
 * @throws {InvalidInputError} If it cannot be read, or the dataset has none of them
 */
export function parseEpisodes(text: string, count: number): readonly number[] {
  const numbers = text.split(",").flatMap((part) => {
    const match = /^\s*(\d{1,9})(?:-(\d{1,9}))?\s*$/.exec(part);
    const first = Number(match?.[1]), last = Number(match?.[2] ?? match?.[1]);
    if (match === null || last < first || last - first >= MAX_EPISODES) {
      throw new InvalidInputError(
        `Cannot read --episodes "${text}": expected numbers such as 3, 0-9 or 0-4,12, at most ` +
          `${MAX_EPISODES}, found "${part}": correct it`,
      );
    }
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
  const there = [...new Set(numbers)].filter((episode) => episode < count);
  if (there.length > 0) return there;
  throw new InvalidInputError(
    `Cannot show --episodes "${text}": expected some of 0 to ${count - 1}, found none of them: ` +
      "choose others",
  );
}

interface VideoTask {
  readonly dataset: Dataset;
  readonly episodes: readonly number[];
  readonly size: number;
  /** Absolute; it is there. */
  readonly directory: string;
}

/** Writes one video an episode, and one with all where there are several. */
async function writeVideos(
  { dataset, episodes, size, directory }: VideoTask,
  { signal, show }: ForegroundOptions,
): Promise<readonly string[]> {
  const environment = environmentOf(dataset.schema);
  const options = { width: size, height: size, fps: dataset.schema.controlHz };
  const pad = (episode: number) => String(episode).padStart(3, "0");
  const files: string[] = [];
  const write = async (name: string, video: VideoEncoder) => {
    const file = join(directory, name);
    await writeFileAtomically(file, video.finish());
    files.push(file);
  };
  using all = await VideoEncoder.open(options);
  for (const [index, episode] of episodes.entries()) {
    show(`Rendering episode ${episode}, ${index + 1} of ${episodes.length}`);
    const table = await dataset.readTable(episode, episode + 1);
    using own = await VideoEncoder.open(options);
    for await (const frame of renderEpisode(environment, table, 0, options)) {
      signal.throwIfAborted();
      own.add(frame);
      all.add(frame);
    }
    await write(`sample_${pad(episode)}.mp4`, own);
  }
  if (episodes.length > 1) {
    await write(`samples_${pad(episodes[0]!)}-${pad(episodes.at(-1)!)}.mp4`, all);
  }
  return files;
}

if (import.meta.main) {
  await runCommand(VIDEO, async ({ arguments: { dataset: name }, flags }) => {
    const root = dataRoot();
    const { directory: stored, run } = await resolveOutput(root, name, "merge");
    const dataset = await openDataset(stored);
    const episodes = parseEpisodes(flags.episodes, dataset.episodes);
    const size = flags.size - flags.size % 2;
    const directory = flags.output === undefined
      ? join(run === null ? stored : join(root, run.directory), "videos")
      : userPath(flags.output);
    checkPlace(join(directory, "sample.mp4"));
    mkdirSync(directory, { recursive: true });
    const files = await inForeground(
      "what was written is kept",
      (options) => writeVideos({ dataset, episodes, size, directory }, options),
    );
    const paths = files.map(displayPath);
    printLine(flags.json ? JSON.stringify({ files: paths }) : paths.join("\n"));
    return 0;
  });
}
