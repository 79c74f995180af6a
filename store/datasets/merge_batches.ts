import { type EpisodeSchema, rowBytes } from "../../core/episode.ts";
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

/** Size of a merge. */
export interface MergeSize {
  readonly shards: number;
  /** Size of the columns of control steps (bytes). */
  readonly bytes: number;
}

/**
 * Size, by either figure, from which threads are worth their start and their memory (some 90 MB): one
 * thread takes about ten seconds.
 */
export const LARGE_MERGE: MergeSize = { shards: 4096, bytes: 2 ** 30 };

/** The episodes of a merge in order, in batches. */
export function batchesOf(
  { selections, lengths }: MergePlan,
  inputs: readonly MergeInput[],
  schema: EpisodeSchema,
): readonly MergeBatch[] {
  const stepBytes = schema.step.reduce((sum, spec) => sum + rowBytes(spec), 0);
  const batches: (MergeBatch & { shards: SelectedEpisodes[]; bytes: number })[] = [];
  let first = 0;
  for (const { source, shard, episodes } of selections) {
    if (episodes.length === 0) continue;
    let steps = 0;
    for (let i = 0; i < episodes.length; i++) steps += lengths[first + i]!;
    first += episodes.length;
    const directory = shardDirectory(inputs[source]!.directory, shard), bytes = steps * stepBytes;
    const last = batches.at(-1);
    if (last?.source === source && last.bytes + bytes <= BATCH_BYTES) {
      last.shards.push({ directory, episodes });
      last.bytes += bytes;
    } else batches.push({ source, shards: [{ directory, episodes }], bytes });
  }
  return batches;
}

/** Shards of some inputs. */
export function countShards(inputs: readonly MergeInput[]): number {
  return inputs.reduce((sum, { lastShard }) => sum + lastShard + 1, 0);
}

/** Bytes of some batches. */
export function countBytes(batches: readonly MergeBatch[]): number {
  return batches.reduce((sum, { bytes }) => sum + bytes, 0);
}
