import type { Tensor } from "../../core/episode.ts";
import { Arena } from "../../learn/tape/arena.ts";
import { ARITHMETIC } from "../../learn/kernels/kernels.ts";
import { createKernels } from "../../learn/kernels/open.ts";
import { type Layer, recordLayers, weightsOf } from "../../learn/tape/layers.ts";
import { meanSquaredError } from "../../learn/tape/ops.ts";
import {
  ADAM_DEFAULTS,
  ADAM_FACTORS,
  type OptimizerSettings,
  prepareUpdate,
  sumGradients,
  updateWeights,
} from "../../learn/training/optimizer.ts";
import { ParameterBlock } from "../../learn/tape/parameters.ts";
import { Tape } from "../../learn/tape/tape.ts";

/** Nested lists of numbers, as JSON holds arrays. */
export type Nested = number | readonly Nested[];

/** A network, a batch and, where it is trained, its optimiser. */
export interface NetworkCase {
  readonly layers: readonly Layer[];
  readonly weights: Readonly<Record<string, Nested>>;
  readonly x: Nested;
  readonly y: Nested;
  readonly optimizer?: Omit<OptimizerSettings, "learningRate"> & {
    readonly steps: number;
    readonly lr: number;
  };
}

/** What a case comes to. */
export interface NetworkResult {
  readonly loss: number;
  readonly gradients: Readonly<Record<string, readonly number[]>>;
  readonly weights: Readonly<Record<string, readonly number[]>>;
}

/** The numbers of nested lists, in order. */
export function flatten(nested: Nested): readonly number[] {
  return typeof nested === "number" ? [nested] : nested.flatMap(flatten);
}

/** A case on the tape: `runNetwork` computes loss and gradients, then makes its optimiser's steps. */
export function runNetwork(network: NetworkCase, microbatchRows = 64): NetworkResult {
  const { layers, x, y, optimizer } = network;
  const specs = weightsOf(layers);
  const rows = (x as readonly Nested[]).length; // a matrix
  const inputs = flatten(x), targets = flatten(y);
  const arena = new Arena();
  const microbatches = Math.ceil(rows / microbatchRows);
  const block = new ParameterBlock(arena, specs, microbatches);
  const width = inputs.length / rows, outputs = targets.length / rows;
  const tapes = Array.from({ length: microbatches }, (_, microbatch) => {
    const count = Math.min(microbatchRows, rows - microbatch * microbatchRows);
    const tape = new Tape(arena, block, { rows: count, batch: rows, microbatch });
    const prediction = recordLayers(tape, tape.input("x", width), layers);
    meanSquaredError(tape, prediction, tape.input("y", outputs));
    tape.finish();
    return tape;
  });
  const kernels = createKernels(arena.bytes, ARITHMETIC), { memory } = kernels;
  block.write(memory, block.values, tensorsOf(network));
  tapes.forEach((tape, microbatch) => {
    for (const [name, values] of [["x", inputs], ["y", targets]] as const) {
      const { address, stride, width } = tape.inputs.get(name)!;
      const view = new Float32Array(memory.buffer, address, tape.rows * stride);
      for (let row = 0; row < tape.rows; row++) {
        const from = (microbatch * microbatchRows + row) * width;
        view.set(values.slice(from, from + width), row * stride);
      }
    }
  });
  const replay = (): number => {
    block.pack(kernels);
    let loss = 0;
    for (const tape of tapes) {
      tape.forward(kernels);
      tape.backward(kernels);
      loss += tape.loss;
    }
    return loss;
  };
  const numbers = (base: number): Record<string, readonly number[]> =>
    Object.fromEntries(
      Object.entries(block.read(memory, base)).map(([name, { data }]) => [name, [...data]]),
    );

  const loss = replay();
  const sums: Record<string, readonly number[]> = {};
  for (const base of block.gradients) {
    for (const [name, part] of Object.entries(numbers(base))) {
      sums[name] = part.map((value, i) => value + (sums[name]?.[i] ?? 0));
    }
  }
  const settings = {
    ...ADAM_DEFAULTS,
    weightDecay: 0,
    clip: Infinity,
    ...optimizer,
    learningRate: () => optimizer?.lr ?? 0,
  };
  const squares = new Float64Array(memory.buffer, block.squares, block.normBlocks);
  const factors = new Float64Array(ADAM_FACTORS);
  let products = { power1: 1, power2: 1 };
  for (let step = 0; step < (optimizer?.steps ?? 0); step++) {
    if (step > 0) replay();
    sumGradients(kernels, block, [0, block.normBlocks]);
    products = prepareUpdate(settings, { step, products }, squares, factors);
    updateWeights(kernels, block, [...block.weights.values()], factors);
  }
  return { loss, gradients: sums, weights: numbers(block.values) };
}

function tensorsOf({ layers, weights }: NetworkCase): Record<string, Tensor> {
  return Object.fromEntries(
    weightsOf(layers).map(({ name, shape }) => [
      name,
      { shape, data: Float32Array.from(flatten(weights[name]!)) },
    ]),
  );
}

/** Largest difference of two lists, relative to the largest number of the second. */
export function relativeError(found: readonly number[], expected: readonly number[]): number {
  if (found.length !== expected.length) return Infinity;
  const scale = expected.reduce((max, value) => Math.max(max, Math.abs(value)), 1e-12);
  return found.reduce((max, value, i) => Math.max(max, Math.abs(value - expected[i]!)), 0) / scale;
}
