import { InvalidInputError } from "../../core/errors.ts";
import type { Tensor } from "../../core/episode.ts";
import { createRandom } from "../../core/random.ts";
import { type Arena, padTo8 } from "./arena.ts";
import { type Kernels, NORM_BLOCK } from "../kernels/kernels.ts";

/** A trained tensor: its name, shape and first value. */
export interface WeightSpec {
  readonly name: string;
  /** `[in, out]` for a matrix, `[n]` for a row. */
  readonly shape: readonly [number, number] | readonly [number];
  /** Uniform in ± the number, or the same number everywhere. */
  readonly initial: { readonly uniform: number } | { readonly constant: number };
}

/** A weight in memory: rows and columns padded with zeros to multiples of 8. */
export interface Weight {
  readonly spec: WeightSpec;
  readonly rows: number;
  readonly columns: number;
  /** Floats from one row to the next. */
  readonly stride: number;
  /** Bytes from the start of the block of values, gradients or moments. */
  readonly offset: number;
  /** Numbers of it there, padding included; a multiple of 8. */
  readonly floats: number;
}

/** Part of a step: a call of a kernel with fixed addresses. */
export type Instruction = (kernels: Kernels) => void;

/**
 * The weights of a network, one after another, so that the optimiser passes over all of them at
 * once. Values are shared by all microbatches of a batch; each microbatch has gradients of its own.
 */
export class ParameterBlock {
  readonly weights: ReadonlyMap<string, Weight>;
  /** Floats of the block, padding included; a multiple of 8. */
  readonly count: number;
  readonly values: number;
  /** Addresses of the gradients of each microbatch, equally spaced; empty if nothing is trained. */
  readonly gradients: readonly number[];
  readonly moment1: number;
  readonly moment2: number;
  /**
   * Blocks of {@linkcode NORM_BLOCK} numbers, and the address of float64 sums of squares of each.
   */
  readonly normBlocks: number;
  readonly squares: number;
  readonly #arena: Arena;
  readonly #packed = new Map<Weight, number>();
  readonly #transposed = new Map<Weight, number>();

  constructor(arena: Arena, specs: readonly WeightSpec[], microbatches: number) {
    this.#arena = arena;
    const weights = new Map<string, Weight>();
    let floats = 0;
    for (const spec of specs) {
      const [first, second] = spec.shape;
      const rows = second === undefined ? 1 : first, columns = second ?? first;
      const stride = padTo8(columns);
      const size = (second === undefined ? 1 : padTo8(rows)) * stride;
      weights.set(spec.name, { spec, rows, columns, stride, offset: floats * 4, floats: size });
      floats += size;
    }
    this.weights = weights;
    this.count = floats;
    this.values = arena.allocate(floats);
    this.gradients = Array.from({ length: microbatches }, () => arena.allocate(floats));
    this.moment1 = microbatches > 0 ? arena.allocate(floats) : 0;
    this.moment2 = microbatches > 0 ? arena.allocate(floats) : 0;
    this.normBlocks = Math.ceil(floats / NORM_BLOCK);
    this.squares = microbatches > 0 ? arena.allocate(2 * this.normBlocks) : 0;
  }

  /** @throws {TypeError} If no weight has the name */
  get(name: string): Weight {
    const weight = this.weights.get(name);
    if (weight === undefined) throw new TypeError(`Cannot find weight "${name}" in the network`);
    return weight;
  }

  /** Returns the right operand of x·W, packed again in every step. */
  packed(weight: Weight): number {
    return this.#place(this.#packed, weight, weight.rows * weight.stride);
  }

  /** Returns the right operand of dy·Wᵀ, packed again in every step. */
  packedTransposed(weight: Weight): number {
    return this.#place(this.#transposed, weight, weight.columns * padTo8(weight.rows));
  }

  #place(places: Map<Weight, number>, weight: Weight, floats: number): number {
    return places.getOrInsertComputed(weight, () => this.#arena.allocate(floats));
  }

  /** Addresses of what products read of a weight; 0 for what none does. */
  packings(weight: Weight): { readonly packed: number; readonly transposed: number } {
    return {
      packed: this.#packed.get(weight) ?? 0,
      transposed: this.#transposed.get(weight) ?? 0,
    };
  }

  /** Packs all values; a step of the optimiser packs what it changes. */
  pack(kernels: Kernels): void {
    for (const weight of this.weights.values()) {
      const { packed, transposed } = this.packings(weight);
      const { rows, columns, stride } = weight, at = this.values + weight.offset;
      if (packed !== 0) kernels.packRight(at, stride, rows, stride, packed);
      if (transposed === 0) continue;
      kernels.packRightTransposed(at, stride, columns, padTo8(rows), transposed);
    }
  }

  /** Divides the weights into lists of about equal size. */
  divide(parts: number): readonly (readonly Weight[])[] {
    const lists = Array.from({ length: parts }, (): Weight[] => []);
    for (const weight of this.weights.values()) {
      const middle = weight.offset / 4 + weight.floats / 2;
      lists[Math.floor(parts * middle / this.count)]!.push(weight);
    }
    return lists;
  }

  /** Tensors without padding, named `<prefix><name>`, copied from a block at `base`. */
  read(memory: WebAssembly.Memory, base: number, prefix = ""): Record<string, Tensor> {
    const tensors: Record<string, Tensor> = {};
    for (const [name, { spec, rows, columns, stride, offset }] of this.weights) {
      const data = new Float32Array(rows * columns);
      const view = new Float32Array(memory.buffer, base + offset, rows * stride);
      for (let row = 0; row < rows; row++) {
        data.set(view.subarray(row * stride, row * stride + columns), row * columns);
      }
      tensors[prefix + name] = { shape: spec.shape, data };
    }
    return tensors;
  }

  /**
   * Copies tensors into a block at `base`.
   *
   * @throws {InvalidInputError} If one is absent or of another shape; the message names it
   */
  write(
    memory: WebAssembly.Memory,
    base: number,
    tensors: Readonly<Record<string, Tensor>>,
    prefix = "",
  ): void {
    for (const [name, { spec, rows, columns, stride, offset }] of this.weights) {
      const tensor = savedTensor(tensors, prefix + name, spec.shape);
      const view = new Float32Array(memory.buffer, base + offset, rows * stride);
      for (let row = 0; row < rows; row++) {
        view.set(tensor.data.subarray(row * columns, (row + 1) * columns), row * stride);
      }
    }
  }
}

/**
 * A tensor of a policy or a checkpoint.
 *
 * @throws {InvalidInputError} If it is absent or of another shape; the message names it
 */
export function savedTensor(
  tensors: Readonly<Record<string, Tensor>>,
  name: string,
  shape: readonly number[],
): Tensor {
  const tensor = tensors[name];
  if (tensor !== undefined && sameShape(tensor, shape)) return tensor;
  throw new InvalidInputError({
    action: "load weights",
    place: name,
    expected: `shape [${shape.join(", ")}]`,
    found: tensor === undefined ? "none" : `[${tensor.shape.join(", ")}]`,
    remedy: "use a policy of the same model, hidden widths and fields",
  });
}

function sameShape(tensor: Tensor, shape: readonly number[]): boolean {
  const size = shape.reduce((product, n) => product * n, 1);
  return tensor.shape.join() === shape.join() && tensor.data.length === size;
}

/** First values of weights: a pure function of seed, stream and the name of each weight. */
export function initialWeights(
  specs: readonly WeightSpec[],
  seed: number,
  stream: string,
): Record<string, Tensor> {
  const tensors: Record<string, Tensor> = {};
  for (const { name, shape, initial } of specs) {
    const data = new Float32Array(shape[0] * (shape[1] ?? 1));
    if ("constant" in initial) data.fill(initial.constant);
    else {
      const random = createRandom(seed, `${stream}/weights/${name}`, 0);
      for (let i = 0; i < data.length; i++) {
        data[i] = random.uniform(-initial.uniform, initial.uniform);
      }
    }
    tensors[name] = { shape, data };
  }
  return tensors;
}
