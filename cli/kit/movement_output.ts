import { kindOf } from "../../pipelines/mod.ts";
import { join } from "node:path";
import { firstEpisodes, VIDEO_SIZE, writeVideos } from "../../activities/report/episode_videos.ts";
import { InvalidInputError } from "../../core/errors.ts";
import { getExporter } from "../../store/foreign.ts";
import { createDirectory, openDataset, readStageCommit, requireVacant } from "../../store/mod.ts";
import { displayPath, outputRoot, workingDirectory } from "./places.ts";
import { flagName, type FlagTable, type FlagValues } from "./flags.ts";
import { inForeground } from "./foreground_work.ts";
import { checkParent, makeParent } from "../../runtime/data/output_place.ts";
import { writeOutputFile } from "./write_output_file.ts";
import type { PreparedRun } from "../../runtime/prepare/prepared_run.ts";

/**
 * Writes the files of `generate_random_dmp_dataset.py`, with its names and defaults, beside the
 * dataset of `deno task generate push-t --policy dmp`.
 */

/** Default number of trajectories. */
export const MOVEMENT_SAMPLES = 128;
/** Default and maximum number of videos. */
const VIDEO_SAMPLES = 10;
/** Default directories, below the data directory and below the working directory. */
const SAMPLES_DIRECTORY = "random_dmp_npz", VIDEOS_DIRECTORY = "videos/random_dmp_samples";

export const MOVEMENT_FLAGS = {
  outputDir: {
    type: "text",
    placeholder: "DIR",
    description:
      "Policy dmp: directory for index.jsonl and samples/, one .npz and one .json each " +
      `(default data/${SAMPLES_DIRECTORY})`,
  },
  videoDir: {
    type: "text",
    placeholder: "DIR",
    description: `Policy dmp: directory for MP4 videos (default ${VIDEOS_DIRECTORY})`,
  },
  videoSamples: {
    type: "integer",
    description:
      `Policy dmp: trajectories to render as videos; 0 for none (default ${VIDEO_SAMPLES})`,
    min: 0,
    max: VIDEO_SAMPLES,
  },
} as const satisfies FlagTable;

/** Destination of the files. */
export interface MovementOutput {
  /** Absolute. */
  readonly samples: string;
  /** Absolute path of the videos; null if none are requested. */
  readonly videos: string | null;
  readonly videoSamples: number;
}

/**
 * Plans where the files of random movements go; null if the episodes are not movements, or this run
 * writes nothing.
 *
 * @throws {InvalidInputError} If the flags make no sense here, or nothing can lie there
 */
export function planMovementOutput(
  flags: FlagValues<typeof MOVEMENT_FLAGS> & { readonly keep: boolean; readonly rerun: boolean },
  isMovement: boolean,
): MovementOutput | null {
  const { outputDir, videoDir, videoSamples = VIDEO_SAMPLES, keep, rerun } = flags;
  const named = Object.entries({ outputDir, videoDir, videoSamples: flags.videoSamples })
    .find(([, value]) => value !== undefined)?.[0];
  if (named !== undefined && (!isMovement || keep)) {
    throw new InvalidInputError({
      action: `run "generate" with "--${flagName(named)}"${keep ? ' and "--keep"' : ""}`,
      expected: isMovement ? "one of them, found both" : "push-t with --policy dmp, found another",
      remedy: 'omit it, or write the files later with "deno task export" and "deno task ' +
        'video"',
    });
  }
  if (!isMovement || keep || rerun) return null;
  return {
    samples: checkParent(
      outputDir ?? join(outputRoot(), SAMPLES_DIRECTORY),
      workingDirectory(),
    ),
    videos: videoSamples === 0
      ? null
      : checkParent(videoDir ?? VIDEOS_DIRECTORY, workingDirectory()),
    videoSamples,
  };
}

/**
 * Refuses to write where something is. What is there may be of this very dataset where that is stored
 * already; then it is compared when it is written.
 *
 * @throws {InvalidInputError} If something is there
 */
export async function checkMovementOutput(
  { samples, videos }: MovementOutput,
  { root, plan }: PreparedRun,
): Promise<void> {
  const merge = plan.stages.find((stage) => kindOf(stage).gives === "dataset")!; // generate's pipeline has one
  if (await readStageCommit(join(root, merge.commit)) !== null) return;
  for (const directory of [samples, videos]) {
    if (directory !== null) requireVacant(directory);
  }
}

/**
 * Writes the files.
 *
 * @param directory Absolute path of the dataset
 * @returns Lines that say where they are
 * @throws {InvalidInputError} If something else is there
 */
export async function writeMovementOutput(
  directory: string,
  { samples, videos, videoSamples }: MovementOutput,
): Promise<string> {
  await writeOutputFile(directory, { path: samples, exporter: getExporter("npz") });
  const lines = [`output_dir          ${displayPath(samples)}`];
  if (videos !== null) {
    await writeFirstVideos(directory, videos, videoSamples);
    lines.push(`video_dir           ${displayPath(videos)}`);
  }
  return lines.join("\n");
}

async function writeFirstVideos(directory: string, videos: string, count: number): Promise<void> {
  const dataset = await openDataset(directory), episodes = firstEpisodes(dataset, count);
  makeParent(videos);
  await inForeground(
    "the dataset is stored, but its videos are incomplete",
    ({ signal, show }) =>
      createDirectory(videos, async (temporary) => {
        await writeVideos({ dataset, episodes, size: VIDEO_SIZE, directory: temporary }, {
          signal,
          onEpisode: (_, index) => show(`Rendering video ${index + 1} of ${episodes.length}`),
        });
      }),
  );
}
