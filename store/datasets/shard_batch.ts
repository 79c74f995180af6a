import {
  type Column,
  copyData,
  createColumnData,
  type EpisodeTable,
  rowSize,
} from "../../core/episode.ts";
import { readShard } from "../episodes/shard.ts";

/** Episodes of one shard. */
export interface SelectedEpisodes {
  /** Absolute; see `shardDirectory()`. */
  readonly directory: string;
  /** Positions within the shard, ascending. */
  readonly episodes: readonly number[];
}

/**
 * Reads episodes of shards that have the same columns, as one table.
 *
 * @throws {DamagedStoreError} If a shard is not committed, or bytes are not those committed
 */
export async function readBatch(shards: readonly SelectedEpisodes[]): Promise<EpisodeTable> {
  const parts: Part[] = [];
  for (const { directory, episodes } of shards) {
    if (episodes.length === 0) continue;
    const { table } = await readShard(directory);
    // Where all are taken, nothing need be copied.
    if (shards.length === 1 && episodes.length === table.lengths.length) return table;
    parts.push({ table, ranges: rangesOf(episodes) });
  }
  const lengths = parts.flatMap(({ table, ranges }) =>
    ranges.flatMap(([first, end]) => [...table.lengths.subarray(first, end)])
  );
  const steps = lengths.reduce((sum, length) => sum + length, 0);
  return {
    lengths: Int32Array.from(lengths),
    step: packColumns(parts.map(stepRows), steps),
    episode: packColumns(
      parts.map(({ table, ranges }) => ({ columns: table.episode, ranges })),
      lengths.length,
    ),
  };
}

/** Elements from the first on that come before the end. */
type Range = readonly [first: number, end: number];

interface Part {
  readonly table: EpisodeTable;
  /** Ranges of episodes. */
  readonly ranges: readonly Range[];
}

interface RowRanges {
  readonly columns: Readonly<Record<string, Column>>;
  readonly ranges: readonly Range[];
}

/** Ascending numbers as ranges of neighbours: to copy one by one costs more than what is in them. */
function rangesOf(numbers: readonly number[]): readonly Range[] {
  const ranges: [first: number, end: number][] = [];
  for (const number of numbers) {
    const last = ranges.at(-1);
    if (last?.[1] === number) last[1]++;
    else ranges.push([number, number + 1]);
  }
  return ranges;
}

/** The control steps of ranges of episodes. */
function stepRows({ table, ranges }: Part): RowRanges {
  const starts = startsOf(table.lengths);
  return {
    columns: table.step,
    ranges: ranges.map(([first, end]) => [starts[first]!, starts[end]!]),
  };
}

/** `[E + 1]` first row of each episode, and the number of rows. */
export function startsOf(lengths: Int32Array): Float64Array {
  const starts = new Float64Array(lengths.length + 1);
  for (const [i, length] of lengths.entries()) starts[i + 1] = starts[i]! + length;
  return starts;
}

/** Copies ranges of rows one behind another. */
function packColumns(
  parts: readonly RowRanges[],
  rows: number,
): Readonly<Record<string, Column>> {
  return Object.fromEntries(
    Object.entries(parts[0]?.columns ?? {}).map(([name, { dtype, shape }]) => {
      const size = rowSize(shape), data = createColumnData(dtype, rows * size);
      let at = 0;
      for (const { columns, ranges } of parts) {
        for (const [first, end] of ranges) {
          copyData(data, columns[name]!.data.subarray(first * size, end * size), at); // as the first
          at += (end - first) * size;
        }
      }
      return [name, { dtype, shape, data }];
    }),
  );
}
