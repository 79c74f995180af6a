import { tableSource } from "../../runtime/data/table_source.ts";
import { type Column, type EpisodeSource, type Split, SPLITS } from "../../core/episode.ts";

/** What {@linkcode createColumnSource} makes a dataset of. */
export interface ColumnSourceOptions {
  readonly environment: string;
  readonly controlHz: number;
  /** Steps of each episode. */
  readonly lengths: ArrayLike<number>;
  /** Step fields by name. */
  readonly columns: Readonly<Record<string, Column>>;
  readonly splitOf: (episode: number) => Split;
}

/** A dataset in memory, whose schema follows from its columns; without statistics. */
export function createColumnSource(options: ColumnSourceOptions): EpisodeSource {
  const { environment, controlHz, columns, splitOf } = options;
  const lengths = Int32Array.from(options.lengths);
  const data = Uint8Array.from(lengths, (_, episode) => SPLITS.indexOf(splitOf(episode)));
  const step = Object.entries(columns).map(([name, { dtype, shape }]) => ({
    name,
    dtype,
    shape,
    description: name,
  }));
  return tableSource({ environment, controlHz, step, episode: [] }, {
    lengths,
    step: columns,
    episode: { split: { dtype: "uint8", shape: [], data } },
  });
}
