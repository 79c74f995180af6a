import { readFileSync } from "node:fs";
import { type Kernels, NORM_BLOCK } from "./kernels.ts";

/** Exports of `plain/kernels.wasm` that do not fit the seam as they are, compiled from `plain/*.ts`. */
interface PlainExports extends
  Omit<
    Kernels,
    | "memory"
    | "verifyThread"
    | "product"
    | "packRight"
    | "packRightTransposed"
    | "sumGradients"
    | "adamw"
    | "moveAverage"
    | "gatherRows"
  > {
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
  addTo(x: number, y: number, count: number): void;
  sumOfSquares(x: number, count: number): number;
  adamw(
    p: number,
    g: number,
    m: number,
    v: number,
    count: number,
    ...factors: readonly number[]
  ): void;
}

let compiled: WebAssembly.Module | undefined;

/** Kernels of class `plain` in a memory: plain WebAssembly SIMD, the same on every machine. */
export function bindPlainKernels(memory: WebAssembly.Memory): Kernels {
  compiled ??= new WebAssembly.Module(
    readFileSync(new URL("./plain/kernels.wasm", import.meta.url)),
  );
  const { exports } = new WebAssembly.Instance(compiled, { env: { memory } });
  // A test rebuilds the module from its sources and compares the exports with this interface.
  const plain = exports as unknown as PlainExports;
  const numbers = new Float64Array(memory.buffer), floats = new Float32Array(memory.buffer);
  const words = new Uint32Array(memory.buffer);
  return {
    ...plain,
    memory,
    verifyThread: () => undefined, // nothing beside the engine's code runs in its threads
    product(a, ld, transposed, b, c, ldc, m, n, k, mode, bias, scratch) {
      if (transposed === 1) plain.packRowsTransposed(a, ld, m, k, scratch);
      else plain.packRows(a, ld, m, k, scratch);
      plain.gemm(scratch, b, c, ldc, m, n, k, mode, bias);
    },
    packRight: plain.packColumns,
    packRightTransposed: plain.packColumnsTransposed,
    sumGradients(g, stride, parts, count, squares) {
      for (let at = 0; at < count; at += NORM_BLOCK) {
        const size = Math.min(NORM_BLOCK, count - at), first = g + 4 * at;
        for (let part = 1; part < parts; part++) plain.addTo(first, first + part * stride, size);
        numbers[squares / 8 + at / NORM_BLOCK] = plain.sumOfSquares(first, size);
      }
    },
    adamw(p, g, m, v, rows, ld, packed, depth, transposed, columns, ...factors) {
      plain.adamw(p, g, m, v, rows * ld, ...factors);
      if (packed !== 0) plain.packColumns(p, ld, depth, ld, packed);
      if (transposed !== 0) plain.packColumnsTransposed(p, ld, columns, rows, transposed);
    },
    moveAverage(x, y, count, share) {
      for (let i = x / 4, j = y / 4; i < x / 4 + count; i++, j++) {
        floats[i] = floats[i]! + share * (floats[j]! - floats[i]!);
      }
    },
    gatherRows(x, width, rows, y, ld, count) {
      for (let i = 0; i < count; i++) {
        const from = x / 4 + words[rows / 4 + i]! * width;
        floats.copyWithin(y / 4 + i * ld, from, from + width);
      }
    },
  };
}
