import { createColumnData, type EpisodeSchema, rowSize } from "../../core/episode.ts";
import { shardDirectory } from "../episodes/shard.ts";
import type { MergeInput, MergePlan } from "./merge_plan.ts";
import type { SelectedEpisodes } from "./shard_batch.ts";

/** Neighbouring shards of one input, read together. */
export interface MergeBatch {
  /** Index of the input. */
  readonly source: number;
  readonly shards: readonly SelectedEpisodes[];
  /** Size of the columns of control steps (bytes). */
  readonly bytes: number;
}

/** Size up to which shards are read together (bytes): so many that a message costs little beside. */
const BATCH_BYTES = 2 ** 20;

/** Shards, or bytes, from which a merge takes so long that threads for it are worth their start. */
const MANY_SHARDS = 256, MANY_BYTES = 2 ** 27;

/** The episodes of a merge in order, in batches. */
export function batchesOf(
  { selections, lengths }: MergePlan,
  inputs: readonly MergeInput[],
  schema: EpisodeSchema,
): readonly MergeBatch[] {
  const rowBytes = schema.step.reduce(
    (sum, { dtype, shape }) => sum + createColumnData(dtype, rowSize(shape)).byteLength,
    0,
  );
  const batches: (MergeBatch & { shards: SelectedEpisodes[]; bytes: number })[] = [];
  let first = 0;
  for (const { source, shard, episodes } of selections) {
    if (episodes.length === 0) continue;
    let steps = 0;
    for (let i = 0; i < episodes.length; i++) steps += lengths[first + i]!;
    first += episodes.length;
    const directory = shardDirectory(inputs[source]!.directory, shard), bytes = steps * rowBytes;
    const last = batches.at(-1);
    if (last?.source === source && last.bytes + bytes <= BATCH_BYTES) {
      last.shards.push({ directory, episodes });
      last.bytes += bytes;
    } else batches.push({ source, shards: [{ directory, episodes }], bytes });
  }
  return batches;
}

/** Whether inputs are so many shards that threads for them are worth their start. */
export function areMany(inputs: readonly MergeInput[]): boolean {
  return inputs.reduce((sum, { lastShard }) => sum + lastShard + 1, 0) >= MANY_SHARDS;
}

/** Whether batches are so large that threads for them are worth their start. */
export function areLarge(batches: readonly MergeBatch[]): boolean {
  return batches.reduce((sum, { bytes }) => sum + bytes, 0) >= MANY_BYTES;
}
