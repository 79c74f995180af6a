import { type ColumnData, type EpisodeTable, rowSize } from "../core/episode.ts";

/** Rows of one field, flat and row-major. */
export interface Rows {
  readonly data: ColumnData;
  /** Scalars of one row. */
  readonly size: number;
  readonly count: number;
}

/** One episode of a table, without copying it. */
export class EpisodeView {
  readonly length: number;
  readonly #table: EpisodeTable;
  readonly #episode: number;
  readonly #start: number;

  /** @throws {RangeError} If the table has no such episode */
  constructor(table: EpisodeTable, episode: number) {
    const length = table.lengths[episode];
    if (length === undefined) {
      throw new RangeError(
        `Cannot view episode ${episode}: expected one of ${table.lengths.length}`,
      );
    }
    this.length = length;
    this.#table = table;
    this.#episode = episode;
    this.#start = table.lengths.subarray(0, episode).reduce((sum, steps) => sum + steps, 0);
  }

  /** Rows of a step field; undefined where the table lacks it. */
  step(name: string): Rows | undefined {
    const column = this.#table.step[name];
    if (column === undefined) return undefined;
    const size = rowSize(column.shape);
    const from = this.#start * size;
    const data = column.data.subarray(from, from + this.length * size);
    return { data, size, count: this.length };
  }

  /** The row of an episode field; undefined where the table lacks it. */
  episode(name: string): ColumnData | undefined {
    const column = this.#table.episode[name];
    if (column === undefined) return undefined;
    const size = rowSize(column.shape);
    return column.data.subarray(this.#episode * size, (this.#episode + 1) * size);
  }
}
