import { type Arena, padTo4, padTo8 } from "./arena.ts";
import type { Kernels } from "../kernels/kernels.ts";
import { rangeCheck } from "../kernels/ranges.ts";
import type { Instruction, ParameterBlock } from "./parameters.ts";

/** A matrix of a graph: rows padded to a multiple of 4, columns to one of 8. */
export interface Value {
  /** Real columns. */
  readonly width: number;
  /** Floats from one row to the next; columns from `width` on stay zero. */
  readonly stride: number;
  readonly address: number;
  /** Null if none is computed. */
  readonly gradient: Gradient | null;
}

/** Location of a value's gradient, with the value's width and stride. Its padding stays zero. */
export interface Gradient {
  /**
   * Address, which is 0 until {@linkcode Tape.claim} has the first writer; another value's, once it
   * was read.
   */
  address: number;
  readonly width: number;
  readonly stride: number;
}

/** Computation of a value, and of the gradients of its operands. */
export interface Operation {
  /** Null if it adds to the loss. */
  readonly output: Value | null;
  readonly forward: Instruction;
  /**
   * Makes the instruction of the backward pass; called in its order, so that `claim()` can tell the
   * first writer of a gradient from the later ones.
   */
  backward(): Instruction;
}

/** Place where a tape computes, and its number of rows. */
export interface TapeOptions {
  /** Rows of this tape: one microbatch of a batch. */
  readonly rows: number;
  /** Rows of the whole batch, over which losses are averaged. */
  readonly batch: number;
  /** Microbatch whose gradients the backward pass writes; null for a forward pass alone. */
  readonly microbatch: number | null;
  /** Arena of what is filled before each replay, which no other tape may overwrite; the tape's if absent. */
  readonly inputs?: Arena;
}

/**
 * A computation recorded once and replayed: a flat list of kernel calls on buffers that were
 * allocated with it. Operations are functions that record on it (`ops.ts`).
 *
 * A tape reads the parameters' values and writes nothing but its own buffers and the gradients of
 * its microbatch, so tapes of different microbatches may run in any order, or at once.
 */
export class Tape {
  readonly rows: number;
  readonly batch: number;
  readonly arena: Arena;
  readonly parameters: ParameterBlock;
  /** Address of the gradients of this microbatch, 0 for a forward pass alone. */
  readonly gradients: number;
  /** Values that are filled before each replay, by name. */
  readonly inputs: Map<string, Value> = new Map();
  /** This microbatch's part of the mean loss over the batch, set by `forward()`. */
  loss = 0;
  /** This microbatch's part of the named means that the loss is made of, without their weights. */
  readonly terms: Map<string, number> = new Map();
  readonly #inputArena: Arena;
  readonly #forward: Instruction[] = [];
  readonly #operations: Operation[] = [];
  readonly #backward: Instruction[] = [];
  readonly #claimed = new Set<number>();
  /** Addresses of gradients that were read, by width: their padding is zero for the next too. */
  readonly #free = new Map<number, number[]>();
  readonly #scratch = new Map<string, { address: number; floats: number }>();
  /** Kernels for whose memory the ranges of all instructions were checked. */
  #checked: Kernels | null = null;

  constructor(arena: Arena, parameters: ParameterBlock, options: TapeOptions) {
    this.arena = arena;
    this.#inputArena = options.inputs ?? arena;
    this.parameters = parameters;
    this.rows = options.rows;
    this.batch = options.batch;
    this.gradients = options.microbatch === null ? 0 : parameters.gradients[options.microbatch]!;
  }

  /** A value that the caller fills: `rows × width` floats at its stride. */
  input(name: string, width: number): Value {
    const existing = this.inputs.get(name);
    if (existing !== undefined) return existing;
    const stride = padTo8(width), address = this.#inputArena.allocate(padTo4(this.rows) * stride);
    const value = { width, stride, address, gradient: null };
    this.inputs.set(name, value);
    return value;
  }

  /** A new value, with a gradient where this tape computes them. */
  value(width: number): Value {
    const stride = padTo8(width);
    return {
      width,
      stride,
      address: this.#allocate(stride),
      gradient: this.gradients === 0 ? null : { address: 0, width, stride },
    };
  }

  #allocate(stride: number): number {
    return this.arena.allocate(padTo4(this.rows) * stride);
  }

  /** A buffer whose content is needed only within one instruction; shared by name. */
  scratch(name: string, floats: number): number {
    const existing = this.#scratch.get(name);
    if (existing !== undefined && existing.floats >= floats) return existing.address;
    const address = this.arena.allocate(floats);
    this.#scratch.set(name, { address, floats });
    return address;
  }

  /** Adds an operation. */
  record(operation: Operation): void {
    this.#forward.push(operation.forward);
    if (this.gradients !== 0) this.#operations.push(operation);
  }

  /**
   * Ends the recording of a tape that computes gradients, before the memory is made. A gradient takes
   * room from its first writer to the operation whose output it belongs to: then the next has it.
   */
  finish(): void {
    for (const { output, backward } of this.#operations.splice(0).toReversed()) {
      const gradient = output?.gradient ?? null, read = gradient !== null && gradient.address !== 0;
      // Nothing came of the value: its gradient stays zero.
      if (gradient !== null && !read) gradient.address = this.#allocate(gradient.stride);
      this.#backward.push(backward());
      if (read) this.#free.getOrInsertComputed(gradient.width, () => []).push(gradient.address);
    }
  }

  /**
   * Returns 0 for the first instruction of the backward pass that writes a gradient, 1 for later
   * ones.
   */
  claim(gradient: Gradient): 0 | 1 {
    if (gradient.address !== 0) return 1;
    gradient.address = this.#free.get(gradient.width)?.pop() ?? this.#allocate(gradient.stride);
    return 0;
  }

  /** The same of the gradient of a weight, at an address of this microbatch. */
  claimWeight(address: number): 0 | 1 {
    if (this.#claimed.has(address)) return 1;
    this.#claimed.add(address);
    return 0;
  }

  /** Computes every value and {@linkcode loss} from inputs and packed parameters. */
  forward(kernels: Kernels): void {
    kernels.verifyThread();
    if (kernels !== this.#checked) this.#check(kernels);
    this.loss = 0;
    for (const instruction of this.#forward) instruction(kernels);
  }

  /** @throws {RangeError} If an instruction reaches beyond the memory */
  #check(kernels: Kernels): void {
    const check = rangeCheck(kernels.memory);
    for (const instruction of this.#forward) instruction(check);
    for (const instruction of this.#backward) instruction(check);
    this.#checked = kernels;
  }

  /** Computes the gradients of this microbatch after `forward()`. */
  backward(kernels: Kernels): void {
    for (const instruction of this.#backward) instruction(kernels);
  }
}
