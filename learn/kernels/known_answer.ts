import { createHash } from "node:crypto";
import { createRandom } from "../../core/random.ts";
import { type Kernels, POINTWISE, PRODUCT } from "./kernels.ts";

/**
 * Computes the digest of the outputs of every kernel of class `fma` on fixed inputs. An
 * implementation that differs in a single bit is not used.
 */

/** Floats of a region: each operand and result has its own. */
const REGION = 1 << 12;
/** Regions: left, right, packed, result, bias, scratch, results of two more. */
const A = addressOf(0), B = addressOf(1), PACKED = addressOf(2), C = addressOf(3);
const BIAS = addressOf(4), SCRATCH = addressOf(5), D = addressOf(6), E = addressOf(7);

function addressOf(region: number): number {
  return 4 * REGION * (region + 1);
}

/** Bytes of the memory that {@linkcode knownAnswer} computes in. */
export const ANSWER_BYTES = 4 * REGION * 10;

/** `[m, n, k]`: full and partial tiles, and every width of a panel. */
const SHAPES = [[4, 8, 1], [12, 56, 33], [20, 40, 9], [16, 24, 64], [8, 32, 70]] as const;

/** SHA-256 of the outputs of all kernels, 64 hex digits. */
export function knownAnswer(kernels: Kernels): string {
  const hash = createHash("sha256"), { buffer } = kernels.memory;
  const floats = new Float32Array(buffer), words = new Uint32Array(buffer);
  const random = createRandom(1, "known answer", 0);
  const view = (address: number, count: number) =>
    floats.subarray(address / 4, address / 4 + count);
  /** Numbers in ± size; one in eight is tiny, zero of either sign, or subnormal. */
  const draw = (address: number, size = 1): void => {
    const values = view(address, REGION);
    for (let i = 0; i < REGION; i++) {
      const kind = i % 8 === 7 ? random.integer(4) : 4, value = random.uniform(-size, size);
      values[i] = kind === 0 ? value * 1e-20 : kind === 1 ? 0 : kind === 2 ? -0 : value;
      if (kind === 3) words[address / 4 + i] = random.integer(1 << 23);
    }
  };
  const take = (address: number, count: number): void => {
    hash.update(new Uint8Array(view(address, count).slice().buffer));
  };
  const number = (value: number): void => {
    hash.update(new Uint8Array(new Float64Array([value]).buffer));
  };
  for (const address of [A, B, BIAS, C]) draw(address);

  for (const [m, n, k] of SHAPES) {
    const kPadded = Math.ceil(k / 8) * 8;
    for (const mode of Object.values(PRODUCT)) {
      const bias = mode === PRODUCT.add ? 0 : BIAS;
      kernels.packRight(B, n, k, n, PACKED);
      kernels.product(A, kPadded, 0, PACKED, C, n, m, n, k, mode, bias, SCRATCH);
      take(C, m * n);
      kernels.packRightTransposed(B, kPadded, k, n, PACKED);
      kernels.product(A, m, 1, PACKED, C, n, m, n, k, mode, bias, SCRATCH);
      take(C, m * n);
    }
  }

  const m = 24, n = 35, ld = 40, count = m * ld, epsilon = 1e-6;
  const clearColumns = (address: number): void => {
    const values = view(address, count);
    for (let i = 0; i < count; i++) if (i % ld >= n) values[i] = 0;
  };
  for (const [name, code] of Object.entries(POINTWISE)) {
    draw(A, 30);
    // What `log` and `sqrt` are defined for.
    if (name === "log" || name === "sqrt") {
      const values = view(A, REGION);
      for (let i = 0; i < REGION; i++) values[i] = Math.abs(values[i]!) + 1e-30;
    }
    draw(B);
    clearColumns(B);
    for (const add of [0, 1]) {
      kernels.pointwise(code, A, C, m, n, ld);
      take(C, count);
      kernels.pointwiseGradient(code, A, C, B, m, n, ld, D, add);
      take(D, count);
    }
  }
  for (const address of [A, B, BIAS, D, E]) draw(address);
  for (const address of [A, B]) clearColumns(address);
  for (const address of [BIAS, BIAS + 4 * ld]) clearColumns(address);
  kernels.layerNorm(A, m, n, ld, BIAS, BIAS + 4 * ld, epsilon, C, SCRATCH, D);
  for (const address of [C, D]) take(address, count);
  for (const add of [0, 1]) {
    kernels.layerNormGradient(B, m, n, ld, BIAS, C, SCRATCH, D, add, E, E + 4 * ld, add);
    take(D, count);
    take(E, 2 * ld);
    kernels.affine(A, D, m, n, ld, 0.3, 0.7 * (1 - add), add);
    take(D, count);
    for (const spread of [0, 1]) {
      kernels.multiply(A, B, D, m, n, ld, spread, add);
      take(D, count);
    }
    for (const right of [0, B]) {
      kernels.rowProducts(A, right, E, m, n, ld, add);
      take(E, 8 * m);
    }
    kernels.spreadColumn(E, D, m, n, ld, add);
    take(D, count);
    kernels.copyColumns(A + 4, ld, D + 8, ld, m, 21, add);
    take(D, count);
    kernels.addConstant(E, m, 0.1, add);
    number(kernels.columnTotal(E, m));
    kernels.columnSums(A, m, ld, D, add);
    take(D, ld);
    kernels.squaredErrorGradient(A, B, count, 0.3, D, add);
    take(D, count);
    number(kernels.squaredError(A, B, count));
  }
  kernels.reluGradient(D, B, count);
  take(D, count);
  kernels.clear(D, ld + 8);
  take(D, count);
  for (const [parts, size] of [[1, 1000], [2, 2040], [3, 1048]] as const) {
    for (const address of [A, B, PACKED, C, D]) draw(address);
    kernels.sumGradients(A, B - A, parts, size, E);
    take(A, size);
    take(E, 2 * Math.ceil(size / 1024));
    const moments = view(D, size);
    for (let i = 0; i < size; i++) moments[i] = Math.abs(moments[i]!);
    kernels.adamw(B, A, C, D, 1, size, 0, 0, 0, 0, 0.7, 0.9, 0.999, 1 - 1e-6, 1e-3, 1.5, 1e-8);
    for (const address of [B, C, D]) take(address, size);
    kernels.moveAverage(B, C, size, 0.3);
    take(B, size);
  }
  // What is packed by the way is what is packed alone: its layout shows in products.
  const rows = 56, depth = 51, columns = 37;
  for (const address of [A, B, C, D, BIAS]) draw(address);
  for (let i = 0, moments = view(D, REGION); i < REGION; i++) moments[i] = Math.abs(moments[i]!);
  const factors = [0.7, 0.9, 0.999, 1 - 1e-6, 1e-3, 1.5, 1e-8] as const;
  kernels.adamw(B, A, C, D, rows, ld, PACKED, depth, SCRATCH, columns, ...factors);
  take(B, rows * ld);
  kernels.product(A, rows, 0, PACKED, E, ld, m, ld, depth, PRODUCT.store, 0, D);
  take(E, m * ld);
  kernels.product(A, ld, 0, SCRATCH, E, rows, m, rows, columns, PRODUCT.store, 0, D);
  take(E, m * rows);
  const order = new Uint32Array(buffer, D, m);
  for (let i = 0; i < m; i++) order[i] = random.integer(100);
  kernels.gatherRows(A, n, D, E, ld, m);
  take(E, m * ld);
  return hash.digest("hex");
}
