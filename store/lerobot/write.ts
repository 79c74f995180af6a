import { setTimeout } from "node:timers/promises";
import { type Column, type EpisodeTable, type FieldSpec, rowBytes } from "../../core/episode.ts";
import { InvalidInputError } from "../../core/errors.ts";
import type { Dataset } from "../datasets/dataset.ts";
import { type ExportControl, registerExporter } from "../exports/exporters.ts";
import { STEP_TASK } from "./features.ts";
import { CODEBASE_VERSION } from "./layout.ts";
import type { EpisodeTasks } from "./episode_rows.ts";
import { LeRobotWriter } from "./writer.ts";

/**
 * LeRobot v3.0: one row per step in `data/`, images as MP4 files in `videos/`, and in `meta/` what
 * LeRobot knows of features, episodes, tasks and statistics. Episodes without a step, which LeRobot
 * cannot hold, are left out.
 */

registerExporter({
  name: "lerobot",
  description: `a LeRobot dataset (${CODEBASE_VERSION}): a directory for LeRobotDataset`,
  extension: null,
  write: writeLeRobot,
});

/** Bytes of step columns that are read at a time: one episode where they are more. */
const BATCH_BYTES = 4 * 2 ** 20;

/** Episodes that are read at a time at most: about one chunk of the dataset. */
const BATCH_EPISODES = 32;

async function writeLeRobot(
  dataset: Dataset,
  directory: string,
  { signal, onProgress, ...extras }: ExportControl,
): Promise<void> {
  const { episodes, steps } = dataset;
  if (steps === 0) {
    throw new InvalidInputError({
      action: "export to",
      place: "lerobot",
      expected: "episodes with steps",
      found: `none in ${episodes}`,
      remedy: "export another dataset",
    });
  }
  const tasks = await tasksOf(dataset, extras.task);
  using writer = new LeRobotWriter(directory, { dataset, tasks, extras });
  for await (const [first, end] of batchesOf(dataset, dataset.schema.step, signal)) {
    await writer.append(await dataset.readTable(first, end));
    onProgress?.({ episodes: end, total: episodes });
  }
  await writer.finish((fields) => readAgain(dataset, fields, signal));
}

/** Episodes of a dataset once more, some at a time, with some of their step fields. */
async function* readAgain(
  dataset: Dataset,
  fields: readonly FieldSpec[],
  signal: AbortSignal | undefined,
): AsyncGenerator<EpisodeTable> {
  const names = dataset.schema.episode.filter(({ name }) => name === "success");
  const whole = await Promise.all(names.map(({ name }) => dataset.readEpisodes(name)));
  for await (const [first, end] of batchesOf(dataset, fields, signal)) {
    const start = first === 0 ? 0 : dataset.episodeEnds[first - 1]!;
    const ends = dataset.episodeEnds.subarray(first, end);
    const step: Record<string, Column> = {};
    for (const { name } of fields) {
      step[name] = await dataset.readSteps(name, start, ends.at(-1)!);
    }
    yield {
      lengths: Int32Array.from(ends, (row, i) => row - (i === 0 ? start : ends[i - 1]!)),
      step,
      episode: Object.fromEntries(whole.map(({ data, ...column }, i) => [
        names[i]!.name,
        { ...column, data: data.subarray(first, end) },
      ])),
    };
  }
}

/** The tasks that an imported dataset has, unless they are all to be called the same. */
async function tasksOf(dataset: Dataset, task: string | undefined): Promise<EpisodeTasks> {
  const { attributes: { tasks: texts }, schema } = dataset;
  if (task !== undefined || !Array.isArray(texts)) {
    return { texts: [task ?? schema.environment], byEpisode: null, byStep: false };
  }
  // As importDataset() writes them: with several tasks comes a field with the index of each.
  const has = (fields: readonly FieldSpec[]) => fields.some(({ name }) => name === STEP_TASK);
  return {
    texts: texts.map(String),
    byEpisode: has(schema.episode) ? (await dataset.readEpisodes(STEP_TASK)).data : null,
    byStep: has(schema.step),
  };
}

/** Ranges of episodes [first, end) that are read at a time, with some of their step fields. */
async function* batchesOf(
  dataset: Dataset,
  fields: readonly FieldSpec[],
  signal: AbortSignal | undefined,
): AsyncGenerator<readonly [first: number, end: number]> {
  for (let first = 0; first < dataset.episodes;) {
    await setTimeout(0); // a turn of the event loop, in which an abort arrives
    signal?.throwIfAborted();
    const end = endOfBatch(dataset, fields, first);
    yield [first, end];
    first = end;
  }
}

/** One past the last episode of a batch. */
function endOfBatch(
  { episodeEnds, episodes }: Dataset,
  fields: readonly FieldSpec[],
  first: number,
): number {
  const bytes = fields.reduce((sum, spec) => sum + rowBytes(spec), 0);
  const start = first === 0 ? 0 : episodeEnds[first - 1]!;
  let end = first + 1;
  while (
    end < Math.min(episodes, first + BATCH_EPISODES) &&
    (episodeEnds[end]! - start) * bytes <= BATCH_BYTES
  ) end++;
  return end;
}
