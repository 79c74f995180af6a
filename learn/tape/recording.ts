import type { SavedPolicy } from "../../core/episode.ts";
import { Arena } from "./arena.ts";
import { FIRST_ARITHMETIC } from "../kernels/kernels.ts";
import { createKernels } from "../kernels/open.ts";
import { ParameterBlock, type WeightSpec } from "./parameters.ts";
import { Tape, type Value } from "./tape.ts";

/** A forward pass on a fixed number of rows, by named inputs and outputs. */
export interface Recording {
  /** Rows are dense, `[rows, width]`. Throws TypeError where no input has the name. */
  fill(input: string, data: Float32Array): void;
  run(): void;
  /** A dense copy, `[rows, width]`. Throws TypeError where no output has the name. */
  read(output: string): Float32Array;
}

/**
 * Records a network for `rows` rows and loads its weights, in the class of arithmetic that trained
 * it.
 *
 * @param record Records the network and returns the values that are to be read
 * @throws {InvalidInputError} If a tensor is absent or of another shape
 */
export function createRecording(
  weights: readonly WeightSpec[],
  { tensors, arithmetic = FIRST_ARITHMETIC }: Pick<SavedPolicy, "tensors" | "arithmetic">,
  rows: number,
  record: (tape: Tape) => Readonly<Record<string, Value>>,
): Recording {
  const arena = new Arena();
  const block = new ParameterBlock(arena, weights, 0);
  const tape = new Tape(arena, block, { rows, batch: rows, microbatch: null });
  const outputs = record(tape);
  const kernels = createKernels(arena.bytes, arithmetic), { memory } = kernels;
  block.write(memory, block.values, tensors);
  block.pack(kernels);
  const view = (value: Value | undefined, name: string): Float32Array => {
    if (value === undefined) throw new TypeError(`Cannot find "${name}" in the recording`);
    return new Float32Array(memory.buffer, value.address, rows * value.stride);
  };
  return {
    fill(name, data) {
      const input = tape.inputs.get(name), to = view(input, name);
      const { width, stride } = input!;
      for (let row = 0; row < rows; row++) {
        to.set(data.subarray(row * width, (row + 1) * width), row * stride);
      }
    },
    run: () => tape.forward(kernels),
    read(name) {
      const output = outputs[name], from = view(output, name);
      const { width, stride } = output!;
      const data = new Float32Array(rows * width);
      for (let row = 0; row < rows; row++) {
        data.set(from.subarray(row * stride, row * stride + width), row * width);
      }
      return data;
    },
  };
}
