import {
  type Column,
  type EpisodeSchema,
  type EpisodeSource,
  type EpisodeTable,
  rowSize,
  SPLITS,
} from "../../core/episode.ts";

/**
 * Episodes in memory as a dataset without statistics. They are all in split `train` unless their
 * table has a column `split`.
 */
export function tableSource(schema: EpisodeSchema, table: EpisodeTable): EpisodeSource {
  const episodes = table.lengths.length;
  let steps = 0;
  const episodeEnds = Float64Array.from(table.lengths, (length) => steps += length);
  const training: Column = {
    dtype: "uint8",
    shape: [],
    data: new Uint8Array(episodes).fill(SPLITS.indexOf("train")),
  };
  const columns: EpisodeTable["episode"] = { split: training, ...table.episode };
  return {
    schema,
    episodes,
    steps,
    episodeEnds,
    statistics: {},
    readSteps(field, start, end) {
      const { dtype, shape, data } = table.step[field]!; // of the schema
      const size = rowSize(shape);
      return Promise.resolve({ dtype, shape, data: data.slice(start * size, end * size) });
    },
    readEpisodes: (field) => Promise.resolve(columns[field]!), // of the schema
  };
}
