import { type EpisodeTable, rowSize } from "../../core/episode.ts";
import type { Dataset } from "../datasets/dataset.ts";
import { joinRows, joinTables } from "../datasets/selection.ts";
import { readShard, readShardEpisodes, readShardLengths } from "./shard.ts";

/** Episodes as far as a list, a replay or a video of them goes: a dataset's, or those of shards. */
export type EpisodeRecords = Pick<
  Dataset,
  "schema" | "sources" | "episodes" | "episodeEnds" | "readEpisodes" | "readTable"
>;

/**
 * The episodes of some shards of one stage, one after another, numbered from 0.
 *
 * @param directories Of committed shards, at least one
 * @throws {DamagedStoreError} If one is not committed, or its metadata are damaged
 */
export async function openShards(directories: readonly string[]): Promise<EpisodeRecords> {
  const shards = await Promise.all(directories.map(readShardLengths));
  const { schema } = shards[0]!;
  const firsts: number[] = []; // number of each shard's first episode
  let episodes = 0, rows = 0;
  const ends: number[] = [];
  for (const { lengths } of shards) {
    firsts.push(episodes);
    episodes += lengths.length;
    for (const length of lengths) ends.push(rows += length);
  }
  return {
    schema,
    sources: [],
    episodes,
    episodeEnds: Float64Array.from(ends),
    async readEpisodes(field) {
      const columns = await Promise.all(
        directories.map((directory) => readShardEpisodes(directory, field)),
      );
      return joinRows(columns[0]!, columns.map(({ data }) => data));
    },
    async readTable(first, end) {
      const tables: EpisodeTable[] = [];
      for (const [at, directory] of directories.entries()) {
        const from = Math.max(0, first - firsts[at]!);
        const to = Math.min(shards[at]!.lengths.length, end - firsts[at]!);
        if (from < to) tables.push(sliceTable((await readShard(directory)).table, from, to));
      }
      return tables.length === 0
        ? sliceTable((await readShard(directories[0]!)).table, 0, 0)
        : joinTables(tables);
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
