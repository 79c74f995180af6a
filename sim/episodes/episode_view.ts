import { type ColumnData, copyData, type EpisodeTable, rowSize } from "../../core/episode.ts";

/** Rows of one field, flat and row-major. */
export interface Rows<Data extends ColumnData = ColumnData> {
  readonly data: Data;
  /** Scalars of one row. */
  readonly size: number;
  readonly count: number;
}

/** Every episode of a table, in order. */
export function viewEpisodes(table: EpisodeTable): EpisodeView[] {
  let start = 0;
  return Array.from(table.lengths, (length, episode) => {
    const view = new EpisodeView(table, episode, start);
    start += length;
    return view;
  });
}

/** One episode of a table, without copying it. */
export class EpisodeView {
  /** Number of steps. */
  readonly length: number;
  readonly #table: EpisodeTable;
  readonly #episode: number;
  readonly #start: number;

  /**
   * @param start Its first row; counted unless given
   * @throws {RangeError} If the table has no such episode
   */
  constructor(table: EpisodeTable, episode: number, start?: number) {
    const length = table.lengths[episode];
    if (length === undefined) {
      throw new RangeError(
        `Cannot view episode ${episode}: expected one of ${table.lengths.length}`,
      );
    }
    this.length = length;
    this.#table = table;
    this.#episode = episode;
    this.#start = start ??
      table.lengths.subarray(0, episode).reduce((sum, steps) => sum + steps, 0);
  }

  /** Index of the candidate that the episode is of. */
  get candidate(): number {
    return Number(this.episode("candidate")?.[0] ?? NaN);
  }

  /** Rows of a step field; undefined if the table lacks it. */
  step(name: string): Rows | undefined {
    const column = this.#table.step[name];
    if (column === undefined) return undefined;
    const size = rowSize(column.shape);
    const from = this.#start * size;
    const data = column.data.subarray(from, from + this.length * size);
    return { data, size, count: this.length };
  }

  /**
   * An observation field at every state: before each step, and after the last.
   *
   * @throws {RangeError} If the table lacks it
   */
  states(name: string): Rows<Float64Array> {
    const steps = this.step(`observation/${name}`);
    const final = this.episode(`final_observation/${name}`);
    if (steps === undefined || final === undefined) {
      throw new RangeError(`Cannot view observation "${name}": the table has no such field`);
    }
    const data = new Float64Array(steps.data.length + final.length);
    copyData(data, steps.data);
    copyData(data, final, steps.data.length);
    return { data, size: steps.size, count: steps.count + 1 };
  }

  /** The row of an episode field; undefined if the table lacks it. */
  episode(name: string): ColumnData | undefined {
    const column = this.#table.episode[name];
    if (column === undefined) return undefined;
    const size = rowSize(column.shape);
    return column.data.subarray(this.#episode * size, (this.#episode + 1) * size);
  }
}
