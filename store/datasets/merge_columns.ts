import {
  type Column,
  type ColumnData,
  createColumnData,
  type EpisodeSchema,
  type EpisodeTable,
  type FieldSpec,
  type FieldStatistics,
  rowSize,
} from "../../core/episode.ts";
import { ArrayWriter, writeGroupsBetween } from "../zarr/arrays.ts";
import {
  EPISODE_ENDS,
  episodePath,
  fieldAttributes,
  IMAGE_ROWS,
  isImage,
  stepPath,
} from "../episodes/layout.ts";
import { ACTION_LABEL } from "./merge_schema.ts";
import { hasStatistics, RunningStatistics } from "../episodes/statistics.ts";
import type { FileWriter } from "../zarr/writer.ts";

/** Rows of a chunk, in episodes of mean length, or `auto` for chunks of about 1 MB. */
export type ChunkSize = number | "auto";

/** Episodes of a chunk: a few hundred kB, read in one go. */
export const DEFAULT_CHUNK = 32;

/** Bytes of a chunk with `auto`, uncompressed, and its most rows. */
const AUTO_BYTES = 2 ** 20, AUTO_ROWS = 2 ** 18;

/** Episodes of a chunk of an episode field. */
const META_CHUNK_ROWS = 1024;

/** Facts that the merge adds to an episode's own columns. */
export interface Origin {
  readonly source: number;
  readonly seed: number;
}

/** Arrays of a dataset that is being written, and its running counts. */
export class MergedColumns {
  readonly #schema: EpisodeSchema;
  readonly #splits: Uint8Array;
  readonly #arrays: ReadonlyMap<string, ArrayWriter>;
  readonly #statistics = new Map<string, RunningStatistics>();
  #episodes = 0;
  #rows = 0n;
  #returns = 0;
  #successes = 0;

  private constructor(
    schema: EpisodeSchema,
    splits: Uint8Array,
    arrays: ReadonlyMap<string, ArrayWriter>,
  ) {
    this.#schema = schema;
    this.#splits = splits;
    this.#arrays = arrays;
    for (const spec of schema.step.filter(hasStatistics)) {
      this.#statistics.set(spec.name, new RunningStatistics(rowSize(spec.shape)));
    }
  }

  /**
   * @param coming All episodes that will come: lengths (control steps), indices into `SPLITS`
   */
  static async create(
    writer: FileWriter,
    schema: EpisodeSchema,
    { lengths, splits, chunk = DEFAULT_CHUNK }: {
      readonly lengths: readonly number[];
      readonly splits: Uint8Array;
      readonly chunk?: ChunkSize | undefined;
    },
  ): Promise<MergedColumns> {
    const episodes = lengths.length;
    const rows = lengths.reduce((sum, length) => sum + length, 0);
    const usual = chunk === "auto" ? DEFAULT_CHUNK : chunk;
    const meanRows = Math.max(1, Math.round(usual * rows / Math.max(1, episodes)));
    const metaRows = Math.max(META_CHUNK_ROWS, usual);
    const chunkRowsOf = (spec: FieldSpec, usualRows: number) =>
      chunk === "auto" ? Math.max(usualRows, autoRows(spec)) : usualRows;
    const arrays = new Map<string, ArrayWriter>();
    const add = async (path: string, spec: FieldSpec, total: number, chunkRows: number) => {
      arrays.set(
        path,
        await ArrayWriter.create(writer, {
          path,
          dtype: spec.dtype,
          shape: spec.shape,
          rows: total,
          chunkRows: Math.max(1, Math.min(chunkRows, total)),
          attributes: fieldAttributes(spec),
        }),
      );
    };
    for (const spec of schema.step) {
      const chunkRows = isImage(spec) ? IMAGE_ROWS : chunkRowsOf(spec, meanRows);
      await add(stepPath(spec.name), spec, rows, chunkRows);
    }
    for (const spec of [EPISODE_ENDS, ...schema.episode]) {
      await add(episodePath(spec.name), spec, episodes, chunkRowsOf(spec, metaRows));
    }
    await writeGroupsBetween(writer, "", [...arrays.keys()]);
    return new MergedColumns(schema, splits, arrays);
  }

  /** Appends some episodes of a table. */
  async append(
    table: EpisodeTable,
    selected: readonly number[],
    originOf: (episode: number) => Origin,
  ): Promise<void> {
    const starts = startsOf(table.lengths);
    for (const range of rangesOf(selected)) {
      await this.#appendRange(table, range, { starts, originOf });
    }
  }

  /** Appends neighbours in one go: rows by rows, an array costs more than what is in them. */
  async #appendRange(
    table: EpisodeTable,
    [first, end]: EpisodeRange,
    { starts, originOf }: {
      readonly starts: Float64Array;
      readonly originOf: (episode: number) => Origin;
    },
  ): Promise<void> {
    const count = end - first, row = starts[first]!, rows = starts[end]! - row;
    const splits = this.#splits.subarray(this.#episodes, this.#episodes + count);
    for (const spec of this.#schema.step) {
      const column = table.step[spec.name] ??
        (spec.name === ACTION_LABEL ? table.step["action"] : undefined);
      await this.#arrays.get(stepPath(spec.name))!.append(rowsOf(column!, row, rows)); // mergeSchemas() found it
      const statistics = this.#statistics.get(spec.name);
      for (let i = 0; i < count; i++) {
        const start = starts[first + i]!, length = starts[first + i + 1]! - start;
        if (splits[i] === 0) statistics?.add(rowsOf(column!, start, length));
      }
    }
    const lengths = table.lengths.subarray(first, end);
    const origins = Array.from(lengths, (_, i) => originOf(first + i));
    const own: Record<string, ColumnData> = {
      length: lengths,
      split: splits,
      source: Int32Array.from(origins, ({ source }) => source),
      seed: BigInt64Array.from(origins, ({ seed }) => BigInt(seed)),
    };
    for (const spec of this.#schema.episode) {
      const data = own[spec.name] ?? rowsOf(table.episode[spec.name]!, first, count);
      await this.#arrays.get(episodePath(spec.name))!.append(data);
    }
    const ends = BigInt64Array.from(lengths, (length) => this.#rows += BigInt(length));
    await this.#arrays.get(episodePath(EPISODE_ENDS.name))!.append(ends);
    for (let episode = first; episode < end; episode++) {
      this.#returns += Number(table.episode["return"]?.data[episode] ?? 0);
      this.#successes += Number(table.episode["success"]?.data[episode] ?? 0);
    }
    this.#episodes += count;
  }

  /** Writes the last chunks. */
  async finish(): Promise<
    {
      readonly statistics: Readonly<Record<string, FieldStatistics>>;
      readonly meanReturn: number;
      readonly successRate: number;
    }
  > {
    for (const array of this.#arrays.values()) await array.finish();
    const entries = [...this.#statistics].map(([name, running]) => [name, running.result()]);
    const episodes = Math.max(1, this.#episodes);
    return {
      statistics: Object.fromEntries(entries),
      meanReturn: this.#returns / episodes,
      successRate: this.#successes / episodes,
    };
  }
}

/** Rows of a chunk of about 1 MB: a power of two. */
function autoRows({ dtype, shape }: FieldSpec): number {
  const bytes = Math.max(1, createColumnData(dtype, rowSize(shape)).byteLength);
  return Math.min(AUTO_ROWS, 2 ** Math.floor(Math.log2(Math.max(1, AUTO_BYTES / bytes))));
}

/** The episodes from `first` on that come before `end`. */
type EpisodeRange = readonly [first: number, end: number];

/** Ascending episodes as ranges of neighbours. */
function rangesOf(episodes: readonly number[]): EpisodeRange[] {
  const ranges: [first: number, end: number][] = [];
  for (const episode of episodes) {
    const last = ranges.at(-1);
    if (last?.[1] === episode) last[1]++;
    else ranges.push([episode, episode + 1]);
  }
  return ranges;
}

/** `[E + 1]` first row of each episode, and the number of rows. */
function startsOf(lengths: Int32Array): Float64Array {
  const starts = new Float64Array(lengths.length + 1);
  for (const [i, length] of lengths.entries()) starts[i + 1] = starts[i]! + length;
  return starts;
}

function rowsOf({ data, shape }: Column, first: number, count: number): ColumnData {
  const size = rowSize(shape);
  return data.subarray(first * size, (first + count) * size);
}
