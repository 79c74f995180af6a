import type { SavedPolicy } from "../../core/episode.ts";
import { Arena } from "./arena.ts";
import { FIRST_ARITHMETIC } from "../kernels/kernels.ts";
import { createKernels } from "../kernels/open.ts";
import { ParameterBlock, type WeightSpec } from "./parameters.ts";
import { Tape, type Value } from "./tape.ts";

/** A forward pass on one row: fill `input`, call `run`, read `output`. */
export interface Forward {
  readonly input: Float32Array;
  readonly output: Float32Array;
  run(): void;
}

/**
 * Records a network for one row and loads its weights, in the class of arithmetic that trained it.
 *
 * @param record Records the network on its input and returns its output
 * @throws {InvalidInputError} If a tensor is absent or of another shape
 */
export function createForward(
  weights: readonly WeightSpec[],
  { tensors, arithmetic = FIRST_ARITHMETIC }: Pick<SavedPolicy, "tensors" | "arithmetic">,
  record: (tape: Tape) => { readonly input: Value; readonly output: Value },
): Forward {
  const arena = new Arena();
  const block = new ParameterBlock(arena, weights, 0);
  const tape = new Tape(arena, block, { rows: 1, batch: 1, microbatch: null });
  const { input, output } = record(tape);
  const kernels = createKernels(arena.bytes, arithmetic), { memory } = kernels;
  block.write(memory, block.values, tensors);
  block.pack(kernels);
  return {
    input: new Float32Array(memory.buffer, input.address, input.width),
    output: new Float32Array(memory.buffer, output.address, output.width),
    run: () => tape.forward(kernels),
  };
}
