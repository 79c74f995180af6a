import { fileURLToPath } from "node:url";
import type { KernelName, Kernels } from "./kernels.ts";

/** Vector extensions of native kernels; `scalar` is the oracle of the tests. */
export type NativeVectors = "avx512" | "avx2" | "neon" | "scalar";

/** Libraries by `Deno.build`, in `fma/`, and what kernels each has, the widest first. */
export const LIBRARIES: Readonly<
  Record<string, { readonly file: string; readonly vectors: readonly NativeVectors[] }>
> = {
  "linux-x86_64": { file: "fma-linux-x64.so", vectors: ["avx512", "avx2"] },
  "linux-aarch64": { file: "fma-linux-arm64.so", vectors: ["neon"] },
  "darwin-aarch64": { file: "fma-darwin-arm64.dylib", vectors: ["neon"] },
};

/** Floats of a vector. */
const WIDTHS: Readonly<Record<NativeVectors, number>> = { avx512: 16, avx2: 8, neon: 4, scalar: 1 };

/**
 * Calling convention of the kernels: addresses as f64, which pass ten times as fast as pointers.
 */
const A = "f64", I = "i32", F = "f32", D = "f64";
const SIGNATURES = {
  product: { parameters: [A, I, I, A, A, I, I, I, I, I, A], result: "void" },
  packRight: { parameters: [A, I, I, I, A], result: "void" },
  packRightTransposed: { parameters: [A, I, I, I, A], result: "void" },
  reluGradient: { parameters: [A, A, I], result: "void" },
  columnSums: { parameters: [A, I, I, A, I], result: "void" },
  squaredError: { parameters: [A, A, I], result: D },
  squaredErrorGradient: { parameters: [A, A, I, F, A, I], result: "void" },
  layerNorm: { parameters: [A, I, I, I, A, A, F, A, A, A], result: "void" },
  layerNormGradient: { parameters: [A, I, I, I, A, A, A, A, I, A, A, I], result: "void" },
  pointwise: { parameters: [I, A, A, I, I, I], result: "void" },
  pointwiseGradient: { parameters: [I, A, A, A, I, I, I, A, I], result: "void" },
  affine: { parameters: [A, A, I, I, I, F, F, I], result: "void" },
  multiply: { parameters: [A, A, A, I, I, I, I, I], result: "void" },
  rowProducts: { parameters: [A, A, A, I, I, I, I], result: "void" },
  spreadColumn: { parameters: [A, A, I, I, I, I], result: "void" },
  copyColumns: { parameters: [A, I, A, I, I, I, I], result: "void" },
  clear: { parameters: [A, I], result: "void" },
  columnTotal: { parameters: [A, I], result: D },
  addConstant: { parameters: [A, I, F, I], result: "void" },
  sumGradients: { parameters: [A, D, I, I, A], result: "void" },
  adamw: {
    parameters: [A, A, A, A, I, I, A, I, A, I, F, F, F, F, F, F, F],
    result: "void",
  },
  moveAverage: { parameters: [A, A, I, D], result: "void" },
  gatherRows: { parameters: [A, I, A, A, I, I], result: "void" },
} as const satisfies Record<KernelName, Deno.ForeignFunction>;

const MACHINE = {
  addressOf: { parameters: ["buffer"], result: "f64" },
  vectorWidth: { parameters: [], result: "i32" },
  roundingState: { parameters: [], result: "i32" },
} as const satisfies Record<string, Deno.ForeignFunction>;

/** A library that stays open as long as its process. */
export interface NativeLibrary {
  /** Kernels of one width, at addresses of the process. */
  readonly symbols: Deno.StaticForeignLibraryInterface<typeof SIGNATURES>;
  /** Whether processor and system have the vectors. */
  readonly fits: boolean;
  /**
   * Returns the address of bytes of this process: `Deno.UnsafePointer` would need permission to
   * open any library.
   */
  addressOf(bytes: Uint8Array<ArrayBufferLike>): number;
  /** @throws {Error} If the calling thread rounds or flushes subnormal numbers in a way of its own */
  verifyThread(): void;
}

/**
 * Opens the kernels of one width.
 *
 * @throws {Error} If the system does not load the file, or it has not these kernels
 */
export function openLibrary(file: URL, vectors: NativeVectors): NativeLibrary {
  const path = fileURLToPath(file);
  const { symbols: machine } = Deno.dlopen(path, MACHINE);
  const fits = machine.vectorWidth() >= WIDTHS[vectors];
  const named = Object.fromEntries(
    Object.entries(SIGNATURES).map((
      [name, type],
    ) => [name, { ...type, name: `${name}_${vectors}` }]),
  ) as unknown as typeof SIGNATURES; // the same with the symbol's name
  const { symbols } = Deno.dlopen(path, named);
  return {
    symbols,
    fits,
    // It reads shared memory as any other.
    addressOf: (bytes) => machine.addressOf(bytes as Uint8Array<ArrayBuffer>),
    verifyThread() {
      const state = machine.roundingState();
      if (state === 0) return;
      throw new Error(
        "Cannot compute in this thread: expected rounding to nearest and subnormal numbers, found " +
          `control bits 0x${
            state.toString(16)
          }: another native library set them, load it elsewhere`,
      );
    },
  };
}

/** Kernels of a library in a memory, in place: nothing is copied. */
export function bindNativeKernels(
  { symbols, addressOf, verifyThread }: NativeLibrary,
  memory: WebAssembly.Memory,
): Kernels {
  const base = addressOf(new Uint8Array(memory.buffer));
  // 0 means "none".
  const at = (address: number): number => address === 0 ? 0 : base + address;
  return {
    memory, // kept as long as they are
    verifyThread,
    product: (a, ld, transposed, b, c, ldc, m, n, k, mode, bias) =>
      symbols.product(base + a, ld, transposed, base + b, base + c, ldc, m, n, k, mode, at(bias)),
    packRight: (x, ld, k, n, out) => symbols.packRight(base + x, ld, k, n, base + out),
    packRightTransposed: (x, ld, k, n, out) =>
      symbols.packRightTransposed(base + x, ld, k, n, base + out),
    reluGradient: (g, y, count) => symbols.reluGradient(base + g, base + y, count),
    columnSums: (x, m, n, out, add) => symbols.columnSums(base + x, m, n, base + out, add),
    squaredError: (p, t, count) => symbols.squaredError(base + p, base + t, count),
    squaredErrorGradient: (p, t, count, scale, g, add) =>
      symbols.squaredErrorGradient(base + p, base + t, count, scale, base + g, add),
    layerNorm: (x, m, n, ld, gain, shift, epsilon, normal, inverse, y) =>
      symbols.layerNorm(
        base + x,
        m,
        n,
        ld,
        base + gain,
        base + shift,
        epsilon,
        base + normal,
        base + inverse,
        base + y,
      ),
    layerNormGradient: (dy, m, n, ld, gain, normal, inverse, dx, addX, dGain, dShift, add) =>
      symbols.layerNormGradient(
        base + dy,
        m,
        n,
        ld,
        base + gain,
        base + normal,
        base + inverse,
        base + dx,
        addX,
        base + dGain,
        base + dShift,
        add,
      ),
    pointwise: (code, x, y, m, n, ld) => symbols.pointwise(code, base + x, base + y, m, n, ld),
    pointwiseGradient: (code, x, y, dy, m, n, ld, dx, add) =>
      symbols.pointwiseGradient(code, base + x, base + y, base + dy, m, n, ld, base + dx, add),
    affine: (x, y, m, n, ld, scale, offset, add) =>
      symbols.affine(base + x, base + y, m, n, ld, scale, offset, add),
    multiply: (a, b, y, m, n, ld, spread, add) =>
      symbols.multiply(base + a, base + b, base + y, m, n, ld, spread, add),
    rowProducts: (a, b, y, m, n, ld, add) =>
      symbols.rowProducts(base + a, at(b), base + y, m, n, ld, add),
    spreadColumn: (x, y, m, n, ld, add) => symbols.spreadColumn(base + x, base + y, m, n, ld, add),
    copyColumns: (x, ldx, y, ldy, m, n, add) =>
      symbols.copyColumns(base + x, ldx, base + y, ldy, m, n, add),
    clear: (x, count) => symbols.clear(base + x, count),
    columnTotal: (x, m) => symbols.columnTotal(base + x, m),
    addConstant: (x, m, value, add) => symbols.addConstant(base + x, m, value, add),
    sumGradients: (g, stride, parts, count, squares) =>
      symbols.sumGradients(base + g, stride, parts, count, base + squares),
    adamw: (p, g, m, v, rows, ld, packed, depth, transposed, columns, ...factors) =>
      symbols.adamw(
        base + p,
        base + g,
        base + m,
        base + v,
        rows,
        ld,
        at(packed),
        depth,
        at(transposed),
        columns,
        ...factors,
      ),
    moveAverage: (x, y, count, share) => symbols.moveAverage(base + x, base + y, count, share),
    gatherRows: (x, width, rows, y, ld, count) =>
      symbols.gatherRows(base + x, width, base + rows, base + y, ld, count),
  };
}
