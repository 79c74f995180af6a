import type { Tensor } from "../../../core/episode.ts";
import { Arena } from "../../../learn/tape/arena.ts";
import { ARITHMETIC } from "../../../learn/kernels/kernels.ts";
import { createKernels } from "../../../learn/kernels/open.ts";
import { ParameterBlock, type WeightSpec } from "../../../learn/tape/parameters.ts";
import { Tape } from "../../../learn/tape/tape.ts";

/** A loss with weights, recorded by `record`, and its inputs, dense rows by name. */
export interface LossCase {
  readonly weights: readonly WeightSpec[];
  readonly tensors: Readonly<Record<string, Tensor>>;
  readonly inputs: Readonly<Record<string, Float32Array>>;
  readonly rows: number;
  record(tape: Tape): void;
}

/** Loss and gradients of a case, after two replays: what a replay leaves must not enter the next. */
export function gradientsOf(
  loss: LossCase,
): { readonly loss: number; readonly gradients: Readonly<Record<string, Tensor>> } {
  const { rows, weights, tensors, inputs, record } = loss;
  const arena = new Arena();
  const block = new ParameterBlock(arena, weights, 1);
  const tape = new Tape(arena, block, { rows, batch: rows, microbatch: 0 });
  record(tape);
  tape.finish();
  const kernels = createKernels(arena.bytes, ARITHMETIC), { memory } = kernels;
  block.write(memory, block.values, tensors);
  for (const [name, { address, stride, width }] of tape.inputs) {
    const view = new Float32Array(memory.buffer, address, rows * stride);
    for (let row = 0; row < rows; row++) {
      view.set(inputs[name]!.subarray(row * width, (row + 1) * width), row * stride);
    }
  }
  block.pack(kernels);
  for (let replay = 0; replay < 2; replay++) {
    tape.forward(kernels);
    tape.backward(kernels);
  }
  return { loss: tape.loss, gradients: block.read(memory, block.gradients[0]!) };
}
