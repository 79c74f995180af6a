import {
  type ColumnData,
  type EpisodeSchema,
  type EpisodeTable,
  type FieldSpec,
  type FieldStatistics,
  rowBytes,
  rowSize,
} from "../../core/episode.ts";
import { ArrayWriter, type ChunkSink } from "../zarr/array_writer.ts";
import { writeGroupsBetween } from "../zarr/groups.ts";
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
import { startsOf } from "./shard_batch.ts";
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
  readonly #chunks: ChunkSink | undefined;
  readonly #statistics = new Map<string, RunningStatistics>();
  #episodes = 0;
  #rows = 0n;
  #returns = 0;
  #successes = 0;

  private constructor(
    schema: EpisodeSchema,
    splits: Uint8Array,
    arrays: ReadonlyMap<string, ArrayWriter>,
    chunks: ChunkSink | undefined,
  ) {
    this.#chunks = chunks;
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
    { lengths, splits, chunk = DEFAULT_CHUNK, chunks }: {
      readonly lengths: readonly number[];
      readonly splits: Uint8Array;
      readonly chunk?: ChunkSize | undefined;
      /** Writes the chunks; this thread does if absent. */
      readonly chunks?: ChunkSink | undefined;
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
        }, chunks),
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
    return new MergedColumns(schema, splits, arrays, chunks);
  }

  /** Appends the episodes of a table. */
  async append(
    { lengths, step, episode }: EpisodeTable,
    originOf: (episode: number) => Origin,
  ): Promise<void> {
    const count = lengths.length, starts = startsOf(lengths);
    const splits = this.#splits.subarray(this.#episodes, this.#episodes + count);
    for (const spec of this.#schema.step) {
      const column = step[spec.name] ??
        (spec.name === ACTION_LABEL ? step["action"] : undefined);
      const { data, shape } = column!; // mergeSchemas() found it
      await this.#arrays.get(stepPath(spec.name))!.append(data);
      const statistics = this.#statistics.get(spec.name), size = rowSize(shape);
      for (let i = 0; i < count && statistics !== undefined; i++) {
        if (splits[i] === 0) {
          statistics.add(data.subarray(starts[i]! * size, starts[i + 1]! * size));
        }
      }
    }
    const origins = Array.from(lengths, (_, i) => originOf(i));
    const own: Record<string, ColumnData> = {
      length: lengths,
      split: splits,
      source: Int32Array.from(origins, ({ source }) => source),
      seed: BigInt64Array.from(origins, ({ seed }) => BigInt(seed)),
    };
    for (const spec of this.#schema.episode) {
      const data = own[spec.name] ?? episode[spec.name]!.data;
      await this.#arrays.get(episodePath(spec.name))!.append(data);
    }
    const ends = BigInt64Array.from(lengths, (length) => this.#rows += BigInt(length));
    await this.#arrays.get(episodePath(EPISODE_ENDS.name))!.append(ends);
    for (let i = 0; i < count; i++) {
      this.#returns += Number(episode["return"]?.data[i] ?? 0);
      this.#successes += Number(episode["success"]?.data[i] ?? 0);
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
    await this.#chunks?.finish();
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
function autoRows(spec: FieldSpec): number {
  const bytes = Math.max(1, rowBytes(spec));
  return Math.min(AUTO_ROWS, 2 ** Math.floor(Math.log2(Math.max(1, AUTO_BYTES / bytes))));
}
