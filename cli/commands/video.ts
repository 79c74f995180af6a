import { mkdirSync } from "node:fs";
import { dirname, extname, join } from "node:path";
import { VIDEO_SIZE, writeVideos } from "../../activities/report/episode_videos.ts";
import { InvalidInputError } from "../../core/errors.ts";
import { importModules } from "../../runtime/prepare/code_modules.ts";
import { MODULE_FLAG } from "../kit/module_flag.ts";
import {
  dataRootWith,
  datasetUnless,
  displayPath,
  userPath,
  workingDirectory,
} from "../kit/places.ts";
import { defineCommand } from "../kit/flags.ts";
import { inForeground } from "../kit/foreground_work.ts";
import { printLine } from "../kit/output.ts";
import { checkPlace } from "../../runtime/data/output_place.ts";
import { CONDITION_FLAG, conditionOf, EPISODES_ARGUMENT } from "../kit/episode_flags.ts";
import { openRecorded } from "../../runtime/data/recorded_episodes.ts";
import { runCommand } from "../kit/run_command.ts";
import { JSON_FLAG } from "../kit/run_flags.ts";

export const VIDEO = defineCommand({
  name: "video",
  summary: "Renders episodes of a dataset as MP4 videos, plus one video of all of them.",
  description: "Replays the recorded actions from the recorded initial state, in real time.",
  arguments: {
    dataset: EPISODES_ARGUMENT,
  },
  flags: {
    episodes: {
      type: "text",
      placeholder: "RANGE",
      description: "Episode numbers: 3, 0-9 or 0-4,12",
      default: "0-9",
    },
    size: {
      type: "integer",
      description: "Width and height (px, even)",
      default: VIDEO_SIZE,
      min: 16,
      max: 1024,
    },
    output: {
      type: "text",
      placeholder: "DIR",
      description: "Directory to write to (default videos/ beside the run)",
    },
    ...CONDITION_FLAG,
    ...MODULE_FLAG,
    ...JSON_FLAG,
  },
  examples: [
    ["deno task video reach-expert", "the first ten episodes of the latest run"],
    ["deno task video reach-expert/7/evaluate --episodes 0-4", "what the trained policy does"],
    [
      "deno task video reach-expert --episodes 3 --size 512 --output .",
      "one large video, in this directory",
    ],
  ],
});

/** Most videos of one call: beyond it, it is a mistake. */
const MAX_EPISODES = 1000;

/**
 * Numbers of a range such as `0-4,12`, those that a dataset has.
 *
 * @throws {InvalidInputError} If it cannot be read, or the dataset has none of them
 */
function parseEpisodes(text: string, count: number): readonly number[] {
  const numbers = text.split(",").flatMap((part) => {
    const match = /^\s*(\d{1,9})(?:-(\d{1,9}))?\s*$/.exec(part);
    const first = Number(match?.[1]), last = Number(match?.[2] ?? match?.[1]);
    if (match === null || last < first || last - first >= MAX_EPISODES) {
      throw new InvalidInputError({
        action: "read --episodes",
        place: text,
        expected: `numbers such as 3, 0-9 or 0-4,12, at most ${MAX_EPISODES}`,
        found: `"${part}"`,
        remedy: "write numbers and ranges separated by commas",
      });
    }
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
  const there = [...new Set(numbers)].filter((episode) => episode < count);
  if (there.length > 0) return there;
  throw new InvalidInputError({
    action: "show --episodes",
    place: text,
    expected: `some of 0 to ${count - 1}`,
    found: "none of them",
    remedy: "choose others",
  });
}

if (import.meta.main) {
  await runCommand(VIDEO, async ({ arguments: { dataset: name }, flags }) => {
    await importModules(flags.module, workingDirectory());
    const root = await dataRootWith(name, datasetUnless(flags.condition));
    const dataset = await openRecorded(root, name, {
      from: workingDirectory(),
      condition: conditionOf(flags.condition),
    });
    const { run, part } = dataset;
    const episodes = parseEpisodes(flags.episodes, dataset.episodes);
    const { size } = flags;
    if (size % 2 !== 0) {
      throw new InvalidInputError({
        action: `make videos of ${size} px`,
        expected: "an even size",
        found: "an odd one",
        remedy: `--size ${size + 1}`,
      });
    }
    if (extname(flags.output ?? "") === ".mp4") {
      throw new InvalidInputError({
        action: "write videos to",
        place: flags.output!, // it has an ending
        expected: "a directory, for one file per episode",
        found: "a file name",
        remedy: `write --output ${dirname(flags.output!)}`,
      });
    }
    const directory = flags.output === undefined
      ? join(run === null ? dataset.directory! : join(root, run.directory), "videos", part ?? "")
      : userPath(flags.output);
    checkPlace(join(directory, "sample.mp4"), workingDirectory());
    mkdirSync(directory, { recursive: true });
    const files = await inForeground(
      "videos written so far are kept",
      ({ signal, show }) =>
        writeVideos({ dataset, episodes, size, directory }, {
          signal,
          onEpisode: (episode, index) =>
            show(`Rendering episode ${episode}, ${index + 1} of ${episodes.length}`),
        }),
    );
    const paths = files.map(displayPath);
    printLine(flags.json ? JSON.stringify({ files: paths }) : paths.join("\n"));
    return 0;
  });
}
