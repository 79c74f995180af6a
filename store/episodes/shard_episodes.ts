import { type Column, type EpisodeTable, rowSize } from "../../core/episode.ts";
import type { Dataset } from "../datasets/dataset.ts";
import { joinRows, joinTables } from "../datasets/selection.ts";
import { readShard, readShardEpisodes, readShardLengths } from "./shard.ts";

/** Episodes as far as a list, a replay or a video of them goes: a dataset's, or those of shards. */
export type EpisodeRecords = Pick<
  Dataset,
  | "schema"
  | "sources"
  | "episodes"
  | "episodeEnds"
  | "readEpisodes"
  | "readEpisodeRows"
  | "readTable"
>;

/** Some episodes of one shard: [from, to) of it. */
interface ShardPart {
  readonly directory: string;
  readonly from: number;
  readonly to: number;
}

/**
 * The episodes of some shards of one stage, one after another, numbered from 0. Memory holds the
 * lengths of all, and the shards of what is read.
 *
 * @param directories Of committed shards, at least one
 * @throws {DamagedStoreError} If one is not committed, or its metadata are damaged
 */
export async function openShards(directories: readonly string[]): Promise<EpisodeRecords> {
  const { schema } = await readShardLengths(directories[0]!);
  const firsts: number[] = []; // number of each shard's first episode
  const ends: number[] = [];
  let rows = 0;
  for (const directory of directories) {
    firsts.push(ends.length);
    for (const length of (await readShardLengths(directory)).lengths) ends.push(rows += length);
  }
  const episodes = ends.length;

  /** The shards that hold episodes [first, end); an empty part of the first if there are none. */
  function partsOf(first: number, end: number): readonly ShardPart[] {
    const parts = directories.flatMap((directory, at) => {
      const start = firsts[at]!, count = (firsts[at + 1] ?? episodes) - start;
      const from = Math.max(0, first - start), to = Math.min(count, end - start);
      return from < to ? [{ directory, from, to }] : [];
    });
    return parts.length > 0 ? parts : [{ directory: directories[0]!, from: 0, to: 0 }];
  }

  async function readEpisodeRows(field: string, first: number, end: number): Promise<Column> {
    const pieces: Column[] = [];
    for (const { directory, from, to } of partsOf(first, end)) {
      const column = await readShardEpisodes(directory, field), size = rowSize(column.shape);
      pieces.push({ ...column, data: column.data.subarray(from * size, to * size) });
    }
    return joinRows(pieces[0]!, pieces.map(({ data }) => data));
  }

  return {
    schema,
    sources: [],
    episodes,
    episodeEnds: Float64Array.from(ends),
    readEpisodes: (field) => readEpisodeRows(field, 0, episodes),
    readEpisodeRows,
    async readTable(first, end) {
      const tables: EpisodeTable[] = [];
      for (const { directory, from, to } of partsOf(first, end)) {
        tables.push(sliceTable((await readShard(directory)).table, from, to));
      }
      return joinTables(tables);
    },
  };
}

/** Episodes [first, end) of a table; columns are views. */
export function sliceTable(table: EpisodeTable, first: number, end: number): EpisodeTable {
  const rowsBefore = (episode: number) =>
    table.lengths.subarray(0, episode).reduce((sum, length) => sum + length, 0);
  const slice = (columns: EpisodeTable["step"], from: number, to: number) =>
    Object.fromEntries(
      Object.entries(columns).map(([name, column]) => {
        const size = rowSize(column.shape);
        return [name, { ...column, data: column.data.subarray(from * size, to * size) }] as const;
      }),
    );
  return {
    lengths: table.lengths.slice(first, end),
    step: slice(table.step, rowsBefore(first), rowsBefore(end)),
    episode: slice(table.episode, first, end),
  };
}
