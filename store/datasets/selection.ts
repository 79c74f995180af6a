import {
  type Column,
  type ColumnData,
  copyData,
  createColumnData,
  type EpisodeTable,
  rowSize,
} from "../../core/episode.ts";
import { type Dataset, factsOf } from "./dataset.ts";

/**
 * Selects episodes of a dataset as a dataset of their own, numbered from 0 in the given order.
 * Nothing is copied: arrays are read on request. Statistics stay those of the whole dataset.
 *
 * @param chosen Numbers of episodes
 * @throws {RangeError} If the dataset has no such episode
 */
export function selectEpisodes(dataset: Dataset, chosen: readonly number[]): Dataset {
  for (const episode of chosen) requireEpisode(dataset, episode);
  const starts = chosen.map((episode) => episode === 0 ? 0 : dataset.episodeEnds[episode - 1]!);
  const ends = chosen.map((episode) => dataset.episodeEnds[episode]!);
  let rows = 0;
  const episodeEnds = Float64Array.from(chosen, (_, i) => rows += ends[i]! - starts[i]!);
  return {
    ...factsOf(dataset),
    schema: dataset.schema,
    episodes: chosen.length,
    steps: rows,
    episodeEnds,
    readRejects: () => dataset.readRejects(),

    readEpisodes: (field) => readChosen(dataset, field, chosen),
    readEpisodeRows: (field, first, end) => readChosen(dataset, field, chosen.slice(first, end)),

    async readSteps(field, start, end) {
      const pieces: Column[] = [];
      for (const [i, last] of episodeEnds.entries()) {
        const first = last - (ends[i]! - starts[i]!);
        const from = Math.max(start, first), to = Math.min(end, last);
        if (from >= to) continue;
        const offset = starts[i]! - first;
        pieces.push(await dataset.readSteps(field, from + offset, to + offset));
      }
      const like = pieces[0] ?? await dataset.readSteps(field, 0, 0);
      return joinRows(like, pieces.map(({ data }) => data));
    },

    async readTable(first, end) {
      const tables: EpisodeTable[] = [];
      for (const episode of chosen.slice(first, end)) {
        tables.push(await dataset.readTable(episode, episode + 1));
      }
      return tables.length === 0 ? await dataset.readTable(0, 0) : joinTables(tables);
    },
  };
}

/** Rows of an episode field of some episodes, in their order. */
async function readChosen(
  dataset: Dataset,
  field: string,
  episodes: readonly number[],
): Promise<Column> {
  const [first = 0, end = 0] = boundsOf(episodes);
  const column = await dataset.readEpisodeRows(field, first, end), size = rowSize(column.shape);
  const rows = episodes.map((episode) =>
    column.data.subarray((episode - first) * size, (episode - first + 1) * size)
  );
  return joinRows(column, rows);
}

/** Range [first, end) that some numbers are in; nothing for none. */
function boundsOf(numbers: readonly number[]): readonly number[] {
  if (numbers.length === 0) return [];
  let first = Infinity, end = 0;
  for (const number of numbers) {
    first = Math.min(first, number);
    end = Math.max(end, number + 1);
  }
  return [first, end];
}

function requireEpisode({ episodes }: Dataset, episode: number): void {
  if (Number.isInteger(episode) && episode >= 0 && episode < episodes) return;
  throw new RangeError(`Cannot select episode ${episode}: expected 0 to ${episodes - 1}`);
}

/** Tables of one schema, one after another; at least one. */
export function joinTables(tables: readonly EpisodeTable[]): EpisodeTable {
  const join = (kind: "step" | "episode") =>
    Object.fromEntries(
      Object.entries(tables[0]![kind]).map(([name, like]) => [
        name,
        joinRows(like, tables.map((table) => table[kind][name]!.data)),
      ]),
    );
  return {
    lengths: Int32Array.from(tables.flatMap(({ lengths }) => [...lengths])),
    step: join("step"),
    episode: join("episode"),
  };
}

/** Rows of one column, one after another. @param like A column of the same type */
export function joinRows({ dtype, shape }: Column, pieces: readonly ColumnData[]): Column {
  const data = createColumnData(dtype, pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    copyData(data, piece, at);
    at += piece.length;
  }
  return { dtype, shape, data };
}
