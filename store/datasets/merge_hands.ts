import type { ChunkSink } from "../zarr/array_writer.ts";
import { readBatch } from "./shard_batch.ts";
import { lookAt } from "./shard_look.ts";

/** Those who do the reading and writing of a merge. */
export interface MergeHands {
  readonly look: typeof lookAt;
  readonly read: typeof readBatch;
  /** Writes chunks; whoever orders the rows does if absent. */
  readonly chunks?: ChunkSink;
  /** Groups of shards that are begun ahead. */
  readonly ahead: number;
  /** Shards that are looked at together. */
  readonly looks: number;
}

/** The thread of the merge does all of it. */
export const ALONE: MergeHands = { look: lookAt, read: readBatch, ahead: 1, looks: 1 };
