import { setImmediate } from "node:timers/promises";
import type { EpisodeTable } from "../../core/episode.ts";
import type { Dataset } from "../datasets/dataset.ts";

/** Episodes read at a time: about one chunk of a dataset. */
const BATCH = 32;

/** Episodes [first, end) of a dataset, all columns. */
export interface EpisodeBatch {
  readonly table: EpisodeTable;
  readonly first: number;
  readonly end: number;
}

/**
 * The episodes of a dataset in order, some at a time.
 *
 * @throws The signal's reason, if it is aborted
 */
export async function* batchesOf(
  dataset: Dataset,
  signal?: AbortSignal,
): AsyncGenerator<EpisodeBatch> {
  for (let first = 0; first < dataset.episodes; first += BATCH) {
    await setImmediate(); // a turn of the event loop, in which an abort arrives
    signal?.throwIfAborted();
    const end = Math.min(first + BATCH, dataset.episodes);
    yield { table: await dataset.readTable(first, end), first, end };
  }
}
