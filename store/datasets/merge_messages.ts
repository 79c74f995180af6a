import {
  type Column,
  type ColumnData,
  columnDataOver,
  type DType,
  type EpisodeTable,
} from "../../core/episode.ts";
import type { SerializedError } from "../../core/errors.ts";
import type { ArrayLayout } from "../zarr/chunk_writer.ts";
import type { Written } from "../zarr/written_files.ts";
import type { SelectedEpisodes } from "./shard_batch.ts";
import type { CheckedShard, ShardLook } from "./shard_look.ts";

/**
 * Messages between a merge and its threads. Columns cross as buffers, which are handed over: Deno's
 * `node:worker_threads` looks at each element of a typed array in a message (100 ns a byte).
 */

/** Started once in every thread. */
export interface MergeThreadData {
  /** Absolute path of the directory to which chunks are written. */
  readonly directory: string;
}

/** A request to a thread, which answers each in order. */
export type MergeRequest =
  | { readonly type: "look"; readonly shards: readonly CheckedShard[] }
  | { readonly type: "read"; readonly shards: readonly SelectedEpisodes[] }
  | {
    readonly type: "write";
    readonly layout: ArrayLayout;
    readonly row: number;
    readonly buffer: ArrayBuffer;
  }
  | { readonly type: "finish" }
  | { readonly type: "abandon" };

/** What a request of each type comes to. */
export interface MergeResults {
  readonly look: readonly ShardLook[];
  readonly read: PackedTable;
  readonly write: null;
  readonly finish: Written;
  readonly abandon: null;
}

export type MergeResult = MergeResults[keyof MergeResults];

/** Answer of a thread to one request. */
export type MergeReply = { readonly result: MergeResult } | { readonly error: SerializedError };

/** A column whose buffer holds nothing else. */
interface PackedColumn {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly buffer: ArrayBuffer;
}

/** An {@linkcode EpisodeTable} as buffers. */
export interface PackedTable {
  readonly lengths: ArrayBuffer;
  readonly step: Readonly<Record<string, PackedColumn>>;
  readonly episode: Readonly<Record<string, PackedColumn>>;
}

/** A copy of an array as the buffer that holds nothing else. */
export function copyBuffer({ buffer, byteOffset, byteLength }: ColumnData): ArrayBuffer {
  return buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer; // none is shared
}

/** The buffer of an array that nobody needs any more, or a copy where it holds something else. */
function bufferOf(data: ColumnData): ArrayBuffer {
  const { buffer, byteLength } = data;
  return buffer.byteLength === byteLength ? buffer as ArrayBuffer : copyBuffer(data); // as above
}

/** A table as buffers, which are handed over: it is of no use behind. */
export function packTable({ lengths, step, episode }: EpisodeTable): PackedTable {
  const pack = ({ dtype, shape, data }: Column) => ({ dtype, shape, buffer: bufferOf(data) });
  return {
    lengths: bufferOf(lengths),
    step: mapValues(step, pack),
    episode: mapValues(episode, pack),
  };
}

/** The table that {@linkcode packTable} packed. */
export function unpackTable({ lengths, step, episode }: PackedTable): EpisodeTable {
  const unpack = ({ dtype, shape, buffer }: PackedColumn) => ({
    dtype,
    shape,
    data: columnDataOver(dtype, buffer),
  });
  return {
    lengths: new Int32Array(lengths),
    step: mapValues(step, unpack),
    episode: mapValues(episode, unpack),
  };
}

/** Buffers that a message hands over. */
export function buffersOf(message: MergeRequest | MergeResult): ArrayBuffer[] {
  if (message === null) return [];
  if ("buffer" in message) return [message.buffer];
  if (!("step" in message)) return []; // numbers and texts alone
  const columns = [...Object.values(message.step), ...Object.values(message.episode)];
  return [message.lengths, ...columns.map(({ buffer }) => buffer)];
}

function mapValues<From, To>(
  record: Readonly<Record<string, From>>,
  map: (value: From) => To,
): Record<string, To> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]));
}
