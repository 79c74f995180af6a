import { type Arena, padTo4, padTo8 } from "./arena.ts";
import type { Kernels } from "./kernel_module.ts";
import type { Instruction, ParameterBlock } from "./parameters.ts";

/** A matrix of a graph: rows padded to a multiple of 4, columns to one of 8. */
export interface Value {
  /** Real columns. */
  readonly width: number;
  /** Floats from one row to the next; columns from `width` on stay zero. */
  readonly stride: number;
  readonly address: number;
  /** Address of the gradient, 0 where none is computed. Its padding stays zero. */
  readonly gradient: number;
}

/** Where and for how many rows a tape computes. */
export interface TapeOptions {
  /** Rows of this tape: one shard of a batch. */
  readonly rows: number;
  /** Rows of the whole batch, over which losses are averaged. */
  readonly batch: number;
  /** Which shard's gradients the backward pass writes; null for a forward pass alone. */
  readonly shard: number | null;
}

/**
 * A computation recorded once and replayed: a flat list of kernel calls on buffers that were
 * allocated with it. Operations are functions that record on it (`ops.ts`).
 *
 * A tape reads the parameters' values and writes nothing but its own buffers and the gradients of
 * its shard, so tapes of different shards may run in any order, or at once.
 */
export class Tape {
  readonly rows: number;
  readonly batch: number;
  readonly arena: Arena;
  readonly parameters: ParameterBlock;
  /** Address of the gradients of this shard, 0 for a forward pass alone. */
  readonly gradients: number;
  /** Values that are filled before each replay, by name. */
  readonly inputs: Map<string, Value> = new Map();
  /** This shard's part of the mean loss over the batch, set by `forward()`. */
  loss = 0;
  /** This shard's part of the named means that the loss is made of, without their weights. */
  readonly terms: Map<string, number> = new Map();
  readonly #forward: Instruction[] = [];
  readonly #backward: (() => Instruction)[] = [];
  readonly #claimed = new Set<number>();
  readonly #scratch = new Map<string, { address: number; floats: number }>();
  #replay: Instruction[] | undefined;

  constructor(arena: Arena, parameters: ParameterBlock, options: TapeOptions) {
    this.arena = arena;
    this.parameters = parameters;
    this.rows = options.rows;
    this.batch = options.batch;
    this.gradients = options.shard === null ? 0 : parameters.gradients[options.shard]!;
  }

  /** A value that the caller fills: `rows × width` floats at its stride. */
  input(name: string, width: number): Value {
    const existing = this.inputs.get(name);
    if (existing !== undefined) return existing;
    const value = { ...this.value(width), gradient: 0 };
    this.inputs.set(name, value);
    return value;
  }

  /** A new value, with a gradient where this tape computes them. */
  value(width: number): Value {
    const stride = padTo8(width), floats = padTo4(this.rows) * stride;
    return {
      width,
      stride,
      address: this.arena.allocate(floats),
      gradient: this.gradients === 0 ? 0 : this.arena.allocate(floats),
    };
  }

  /** A buffer whose content is needed only within one instruction; shared by name. */
  scratch(name: string, floats: number): number {
    const existing = this.#scratch.get(name);
    if (existing !== undefined && existing.floats >= floats) return existing.address;
    const address = this.arena.allocate(floats);
    this.#scratch.set(name, { address, floats });
    return address;
  }

  /**
   * Adds an operation.
   *
   * @param backward Makes the instruction of the backward pass; called in its order, so that
   *   `claim()` can tell the first writer of a gradient from the later ones
   */
  record(forward: Instruction, backward: () => Instruction): void {
    this.#forward.push(forward);
    if (this.gradients !== 0) this.#backward.push(backward);
  }

  /** 0 for the first instruction of the backward pass that writes a gradient, 1 for later ones. */
  claim(address: number): 0 | 1 {
    if (this.#claimed.has(address)) return 1;
    this.#claimed.add(address);
    return 0;
  }

  /** Computes every value and {@linkcode loss} from inputs and packed parameters. */
  forward(kernels: Kernels): void {
    this.loss = 0;
    for (const instruction of this.#forward) instruction(kernels);
  }

  /** Computes the gradients of this shard after `forward()`. */
  backward(kernels: Kernels): void {
    this.#replay ??= this.#backward.reverse().map((make) => make());
    for (const instruction of this.#replay) instruction(kernels);
  }
}
