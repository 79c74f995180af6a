import type { Arithmetic } from "../../core/episode.ts";

/**
 * Kernels on one memory: the seam between tapes and the implementations of an arithmetic class.
 * Addresses are byte offsets into the memory; counts and strides (`ld`) are floats.
 */
export interface Kernels {
  readonly memory: WebAssembly.Memory;
  /** Throws where the calling thread rounds or flushes subnormal numbers in a way of its own. */
  verifyThread(): void;
  /**
   * C = A·B over a packed right operand, and what `mode` says ({@linkcode PRODUCT}).
   *
   * @param a `[m, k]` at row stride `ld`, or `[k, m]` where `transposed` is 1
   * @param b As `packRight()` or `packRightTransposed()` of this implementation left it
   * @param m Rows, a multiple of 4; `n` is a multiple of 8
   * @param bias `[n]`, or 0 for none
   * @param scratch `m · k` floats that the implementation may overwrite
   */
  product(
    a: number,
    ld: number,
    transposed: number,
    b: number,
    c: number,
    ldc: number,
    m: number,
    n: number,
    k: number,
    mode: number,
    bias: number,
    scratch: number,
  ): void;
  /** Packs a right operand `[k, n]`; the layout of the `k · n` floats is the implementation's own. */
  packRight(x: number, ld: number, k: number, n: number, out: number): void;
  /** The same of one that is stored transposed, `[n, k]`. */
  packRightTransposed(x: number, ld: number, k: number, n: number, out: number): void;
  reluGradient(gradient: number, y: number, count: number): void;
  columnSums(x: number, m: number, n: number, out: number, add: number): void;
  squaredError(p: number, t: number, count: number): number;
  squaredErrorGradient(
    p: number,
    t: number,
    count: number,
    scale: number,
    gradient: number,
    add: number,
  ): void;
  layerNorm(
    x: number,
    m: number,
    n: number,
    ld: number,
    gain: number,
    shift: number,
    epsilon: number,
    normal: number,
    inverse: number,
    y: number,
  ): void;
  layerNormGradient(
    dy: number,
    m: number,
    n: number,
    ld: number,
    gain: number,
    normal: number,
    inverse: number,
    dx: number,
    addX: number,
    dGain: number,
    dShift: number,
    addParameters: number,
  ): void;
  pointwise(code: number, x: number, y: number, m: number, n: number, ld: number): void;
  pointwiseGradient(
    code: number,
    x: number,
    y: number,
    dy: number,
    m: number,
    n: number,
    ld: number,
    dx: number,
    add: number,
  ): void;
  affine(
    x: number,
    y: number,
    m: number,
    n: number,
    ld: number,
    scale: number,
    offset: number,
    add: number,
  ): void;
  multiply(
    a: number,
    b: number,
    y: number,
    m: number,
    n: number,
    ld: number,
    spread: number,
    add: number,
  ): void;
  rowProducts(
    a: number,
    b: number,
    y: number,
    m: number,
    n: number,
    ld: number,
    add: number,
  ): void;
  spreadColumn(x: number, y: number, m: number, n: number, ld: number, add: number): void;
  copyColumns(
    x: number,
    ldx: number,
    y: number,
    ldy: number,
    m: number,
    n: number,
    add: number,
  ): void;
  clear(x: number, count: number): void;
  columnTotal(x: number, m: number): number;
  addConstant(x: number, m: number, value: number, add: number): void;
  /**
   * Adds the gradients of `parts` microbatches, `stride` bytes apart, to the first.
   *
   * @param squares float64 numbers: Σ of squares of what comes out, by blocks of {@linkcode NORM_BLOCK}
   */
  sumGradients(g: number, stride: number, parts: number, count: number, squares: number): void;
  /**
   * One step of AdamW on a weight of `rows` rows, 1 or a multiple of 8, which are packed on the way as
   * products read them; not where the address is 0.
   *
   * @param packed As `packRight()` leaves the first `depth` rows
   * @param transposed As `packRightTransposed()` leaves the first `columns` columns
   */
  adamw(
    p: number,
    g: number,
    m: number,
    v: number,
    rows: number,
    ld: number,
    packed: number,
    depth: number,
    transposed: number,
    columns: number,
    scale: number,
    beta1: number,
    beta2: number,
    keep: number,
    rate: number,
    correction: number,
    epsilon: number,
  ): void;
  /** x ← x + share·(y − x) in float64, rounded once. */
  moveAverage(x: number, y: number, count: number, share: number): void;
  /**
   * Copies rows of `[any, width]` in an order.
   *
   * @param rows uint32 numbers of `count` rows
   * @param y `[count, ld]`; columns from `width` on stay as they are
   */
  gatherRows(
    x: number,
    width: number,
    rows: number,
    y: number,
    ld: number,
    count: number,
  ): void;
}

/** Modes of `product()`: A·B + bias, C + A·B, or max(0, A·B + bias). */
export const PRODUCT = { store: 0, add: 1, relu: 2 } as const;

/** Functions of `pointwise()`, the constants of both classes. */
export const POINTWISE = {
  exp: 0,
  log: 1,
  tanh: 2,
  softplus: 3,
  silu: 4,
  asinh: 5,
  sqrt: 6,
  sin: 7,
  cos: 8,
} as const;

/** The class of new trainings: products are not rounded before they are added. */
export const ARITHMETIC: Arithmetic = "fma";

/** The class of what was saved before classes had names. */
export const FIRST_ARITHMETIC: Arithmetic = "plain";

/** Numbers whose squares `sumGradients()` sums in f32. */
export const NORM_BLOCK = 1024;

/** Names of the kernels. */
export type KernelName = Exclude<keyof Kernels, "memory" | "verifyThread">;
