import { setTimeout } from "node:timers/promises";
import { createColumnData, rowSize } from "../../core/episode.ts";
import { InvalidInputError } from "../../core/errors.ts";
import type { Dataset } from "../datasets/dataset.ts";
import { type ExportControl, registerExporter } from "../exports/exporters.ts";
import { CODEBASE_VERSION } from "./layout.ts";
import { type EpisodeTasks, LeRobotWriter } from "./writer.ts";

/**
 * LeRobot v3.0: one row a step in `data/`, pictures as MP4 files in `videos/`, and in `meta/` what
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
    throw new InvalidInputError(
      `Cannot export to "lerobot": expected episodes with steps, found none in ${episodes}: export ` +
        "another dataset",
    );
  }
  const tasks = await tasksOf(dataset, extras.task);
  using writer = new LeRobotWriter(directory, { dataset, tasks, extras });
  for (let first = 0; first < episodes;) {
    await setTimeout(0); // a turn of the event loop, in which an abort arrives
    signal?.throwIfAborted();
    const end = endOfBatch(dataset, first);
    await writer.append(await dataset.readTable(first, end));
    onProgress?.({ episodes: end, total: episodes });
    first = end;
  }
  await writer.finish();
}

/** The tasks that an imported dataset has, unless they are all to be called the same. */
async function tasksOf(dataset: Dataset, task: string | undefined): Promise<EpisodeTasks> {
  const texts = dataset.attributes["tasks"];
  if (task === undefined && Array.isArray(texts)) {
    // As importDataset() writes them: with several tasks comes a field with the index of each.
    const has = dataset.schema.episode.some(({ name }) => name === "task");
    const byEpisode = has ? (await dataset.readEpisodes("task")).data : null;
    return { texts: texts.map(String), byEpisode };
  }
  return { texts: [task ?? dataset.schema.environment], byEpisode: null };
}

/** One past the last episode of a batch. */
function endOfBatch({ schema, episodeEnds, episodes }: Dataset, first: number): number {
  const bytes = schema.step.reduce(
    (sum, { dtype, shape }) => sum + rowSize(shape) * createColumnData(dtype, 0).BYTES_PER_ELEMENT,
    0,
  );
  const start = first === 0 ? 0 : episodeEnds[first - 1]!;
  let end = first + 1;
  while (
    end < Math.min(episodes, first + BATCH_EPISODES) &&
    (episodeEnds[end]! - start) * bytes <= BATCH_BYTES
  ) end++;
  return end;
}
