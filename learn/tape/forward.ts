import type { SavedPolicy } from "../../core/episode.ts";
import { Arena } from "./arena.ts";
import { FIRST_ARITHMETIC } from "../kernels/kernels.ts";
import { createKernels } from "../kernels/open.ts";
import { ParameterBlock, type WeightSpec } from "./parameters.ts";
import { Tape, type Value } from "./tape.ts";

/** Input and output of one row of a forward pass. */
export interface ForwardRow {
  readonly input: Float32Array;
  readonly output: Float32Array;
}

/** A forward pass on one row: fill `input`, call `run`, read `output`. */
export interface Forward extends ForwardRow {
  run(): void;
}

/** A forward pass on several rows, each to the bits that it would have alone. */
export interface BatchForward {
  readonly rows: readonly ForwardRow[];
  run(): void;
}

/**
 * Rows of a forward pass of policies: kernels compute rows by fours, so that four take the time of
 * one.
 */
export const FORWARD_ROWS = 4;

/** Records a network on its input and returns its output. */
export type RecordForward = (tape: Tape) => { readonly input: Value; readonly output: Value };

/**
 * Records a network for one row and loads its weights, in the class of arithmetic that trained it.
 *
 * @throws {InvalidInputError} If a tensor is absent or of another shape
 */
export function createForward(
  weights: readonly WeightSpec[],
  saved: Pick<SavedPolicy, "tensors" | "arithmetic">,
  record: RecordForward,
): Forward {
  const { rows: [row], run } = createBatchForward(weights, saved, 1, record);
  return { ...row!, run }; // there is one
}

/**
 * The same for `count` rows.
 *
 * @throws {InvalidInputError} If a tensor is absent or of another shape
 */
export function createBatchForward(
  weights: readonly WeightSpec[],
  { tensors, arithmetic = FIRST_ARITHMETIC }: Pick<SavedPolicy, "tensors" | "arithmetic">,
  count: number,
  record: RecordForward,
): BatchForward {
  const arena = new Arena();
  const block = new ParameterBlock(arena, weights, 0);
  const tape = new Tape(arena, block, { rows: count, batch: count, microbatch: null });
  const { input, output } = record(tape);
  const kernels = createKernels(arena.bytes, arithmetic), { memory } = kernels;
  block.write(memory, block.values, tensors);
  block.pack(kernels);
  const rowOf = ({ address, stride, width }: Value, row: number) =>
    new Float32Array(memory.buffer, address + 4 * row * stride, width);
  return {
    rows: Array.from({ length: count }, (_, row) => ({
      input: rowOf(input, row),
      output: rowOf(output, row),
    })),
    run: () => tape.forward(kernels),
  };
}

/**
 * Runs a forward pass for any number of rows, as often as it must.
 *
 * @param write Fills the input of a row
 * @param read Takes the output of a row
 */
export function runRows(
  { rows, run }: BatchForward,
  count: number,
  write: (input: Float32Array, row: number) => void,
  read: (output: Float32Array, row: number) => void,
): void {
  for (let first = 0; first < count; first += rows.length) {
    const some = Math.min(rows.length, count - first);
    for (let i = 0; i < some; i++) write(rows[i]!.input, first + i);
    run();
    for (let i = 0; i < some; i++) read(rows[i]!.output, first + i);
  }
}
