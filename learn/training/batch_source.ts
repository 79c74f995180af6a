import type { Kernels } from "../kernels/kernels.ts";

/** Source of training data, batch by batch. */
export interface BatchSource {
  /** Rows that there are; batches of an epoch cover each once. */
  readonly rows: number;
  /** Makes the batch of a step (from 0) ready, a pure function of it; waits only for a read. */
  prepare(step: number): Promise<void> | undefined;
  /**
   * Copies rows [first, first + rows) of the batch made ready.
   *
   * @param out `[rows, stride]`
   */
  fill(input: string, first: number, rows: number, out: Float32Array, stride: number): void;
  /** Numbers of float32 that it would hold where kernels reach them; absent where it holds its own. */
  readonly floats?: number;
  /** Gives it room for {@linkcode floats} numbers, before the first `prepare`. */
  place?(kernels: Kernels, address: number): void;
}

/** Copies rows [first, first + count) of `[total, width]` into `[count, stride]`. */
export function copyRows(
  data: Float32Array,
  first: number,
  count: number,
  out: Float32Array,
  stride: number,
  total: number,
): void {
  const width = data.length / total;
  for (let row = 0; row < count; row++) {
    const from = (first + row) * width, to = row * stride;
    for (let j = 0; j < width; j++) out[to + j] = data[from + j]!;
  }
}
