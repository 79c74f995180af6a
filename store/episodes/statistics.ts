import type { ColumnData, FieldSpec, FieldStatistics } from "../../core/episode.ts";
import { rowSize } from "../../core/episode.ts";

/** Scalars of one row up to which a field has statistics: pixels have none. */
const MAX_COMPONENTS = 1024;

/** Whether a field has statistics of its components. */
export function hasStatistics(spec: FieldSpec): boolean {
  const size = rowSize(spec.shape);
  return size > 0 && size <= MAX_COMPONENTS;
}

/** Adds up mean, deviation and bounds of the components of rows, in one pass. */
export class RunningStatistics {
  #count = 0;
  readonly #origin: Float64Array;
  readonly #sum: Float64Array;
  readonly #squares: Float64Array;
  readonly #min: Float64Array;
  readonly #max: Float64Array;

  /** @param size Scalars of one row */
  constructor(size: number) {
    this.#origin = new Float64Array(size);
    this.#sum = new Float64Array(size);
    this.#squares = new Float64Array(size);
    this.#min = new Float64Array(size).fill(Infinity);
    this.#max = new Float64Array(size).fill(-Infinity);
  }

  /** @param rows Flat and row-major */
  add(rows: ColumnData): void {
    const size = this.#sum.length;
    if (this.#count === 0 && rows.length >= size) {
      for (let j = 0; j < size; j++) this.#origin[j] = Number(rows[j]);
    }
    for (let i = 0; i < rows.length; i += size) {
      for (let j = 0; j < size; j++) {
        const value = Number(rows[i + j]);
        // About the first row: the square of a mean far from zero would swallow the variance.
        const centred = value - this.#origin[j]!;
        this.#sum[j]! += centred;
        this.#squares[j]! += centred * centred;
        if (value < this.#min[j]!) this.#min[j] = value;
        if (value > this.#max[j]!) this.#max[j] = value;
      }
    }
    this.#count += rows.length / size;
  }

  /** Population statistics; zeros where no row was added. */
  result(): FieldStatistics {
    const count = this.#count;
    if (count === 0) {
      const zeros = [...this.#sum];
      return { mean: zeros, std: zeros, min: zeros, max: zeros };
    }
    const mean = Array.from(this.#sum, (sum, j) => this.#origin[j]! + sum / count);
    const std = Array.from(this.#squares, (squares, j) => {
      const shift = this.#sum[j]! / count;
      return Math.sqrt(Math.max(0, squares / count - shift * shift));
    });
    return { mean, std, min: [...this.#min], max: [...this.#max] };
  }
}
