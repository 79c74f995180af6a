import { readFileSync } from "node:fs";

/** The compiled kernels (`kernels/*.ts`). Addresses are bytes into their memory, counts floats. */
export interface Kernels {
  gemm(
    a: number,
    b: number,
    c: number,
    ldc: number,
    m: number,
    n: number,
    k: number,
    mode: number,
    bias: number,
  ): void;
  packColumns(x: number, ld: number, k: number, n: number, out: number): void;
  packColumnsTransposed(x: number, ld: number, k: number, n: number, out: number): void;
  packRows(x: number, ld: number, m: number, k: number, out: number): void;
  packRowsTransposed(x: number, ld: number, m: number, k: number, out: number): void;
  reluGradient(gradient: number, y: number, count: number): void;
  columnSums(x: number, m: number, n: number, out: number, add: number): void;
  addTo(x: number, y: number, count: number): void;
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
  sumOfSquares(x: number, count: number): number;
  adamw(
    p: number,
    g: number,
    m: number,
    v: number,
    count: number,
    scale: number,
    beta1: number,
    beta2: number,
    keep: number,
    rate: number,
    correction: number,
    epsilon: number,
  ): void;
}

/** What `gemm()` does with a product, the constants of `kernels/gemm.ts`. */
export const GEMM = { store: 0, add: 1, relu: 2 } as const;

/** Functions of `pointwise()`, the constants of `kernels/pointwise.ts`. */
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

const PAGE_BYTES = 65_536;
let compiled: WebAssembly.Module | undefined;

/** Kernels with a memory, zeroed and of a fixed size, that other threads may be given. */
export interface KernelInstance {
  readonly kernels: Kernels;
  readonly memory: WebAssembly.Memory;
}

/**
 * Instantiates the kernels on a new memory. It never grows, so views of it stay valid.
 *
 * @param bytes Size of the memory, rounded up to whole pages; see `Arena`
 * @throws {RangeError} If the memory cannot be had
 */
export function instantiateKernels(bytes: number): KernelInstance {
  const pages = Math.ceil(bytes / PAGE_BYTES);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  return { kernels: bindKernels(memory), memory };
}

/** Kernels that work in the memory of others. */
export function bindKernels(memory: WebAssembly.Memory): Kernels {
  compiled ??= new WebAssembly.Module(
    readFileSync(new URL("./kernels/kernels.wasm", import.meta.url)),
  );
  const { exports } = new WebAssembly.Instance(compiled, { env: { memory } });
  // A test rebuilds the module from its sources and compares the exports with this interface.
  return exports as unknown as Kernels;
}
