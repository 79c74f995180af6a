import { type Kernels, NORM_BLOCK } from "./kernels.ts";

/**
 * Kernels that compute nothing and check every address of their arguments: native ones have no other
 * bounds. What is recorded once and replayed is passed through them once.
 *
 * @param memory That the kernels are to work in
 */
export function rangeCheck(memory: WebAssembly.Memory): Kernels {
  const { byteLength } = memory.buffer;
  const floats = (address: number, count: number): void => {
    if (
      Number.isInteger(count) && count >= 0 && address > 0 && address % 4 === 0 &&
      address + 4 * count <= byteLength
    ) return;
    throw new RangeError(
      `Cannot compute: expected ${count} numbers within a memory of ${byteLength} bytes, found ` +
        `them at ${address}`,
    );
  };
  const matrix = (address: number, rows: number, ld: number, columns = ld): void => {
    if (columns > ld || ld % 8 !== 0) {
      throw new RangeError(`Cannot compute: expected rows of ${columns} at a stride, found ${ld}`);
    }
    floats(address, rows === 0 ? 0 : (rows - 1) * ld + columns);
  };
  const row = (address: number, count: number): void => {
    if (address !== 0) floats(address, count);
  };
  const multiple = (count: number, of: number): void => {
    if (count % of === 0) return;
    throw new RangeError(`Cannot compute: expected a multiple of ${of}, found ${count}`);
  };
  return {
    memory,
    verifyThread: () => undefined,
    product(a, ld, transposed, b, c, ldc, m, n, k, _mode, bias, scratch) {
      multiple(m, 4);
      multiple(n, 8);
      if (transposed === 1) matrix(a, k, ld, m);
      else matrix(a, m, ld, k);
      floats(b, k * n);
      matrix(c, m, ldc, n);
      row(bias, n);
      floats(scratch, m * k);
    },
    packRight(x, ld, k, n, out) {
      multiple(n, 8);
      matrix(x, k, ld, n);
      floats(out, k * n);
    },
    packRightTransposed(x, ld, k, n, out) {
      multiple(n, 8);
      matrix(x, n, ld, k);
      floats(out, k * n);
    },
    reluGradient(gradient, y, count) {
      multiple(count, 8);
      for (const address of [gradient, y]) floats(address, count);
    },
    columnSums(x, m, n, out) {
      matrix(x, m, n);
      floats(out, n);
    },
    squaredError(p, t, count) {
      multiple(count, 8);
      for (const address of [p, t]) floats(address, count);
      return 0;
    },
    squaredErrorGradient(p, t, count, _scale, gradient) {
      multiple(count, 8);
      for (const address of [p, t, gradient]) floats(address, count);
    },
    layerNorm(x, m, _n, ld, gain, shift, _epsilon, normal, inverse, y) {
      for (const address of [x, normal, y]) matrix(address, m, ld);
      for (const address of [gain, shift]) floats(address, ld);
      floats(inverse, m);
    },
    layerNormGradient(dy, m, _n, ld, gain, normal, inverse, dx, _addX, dGain, dShift) {
      for (const address of [dy, normal, dx]) matrix(address, m, ld);
      for (const address of [gain, dGain, dShift]) floats(address, ld);
      floats(inverse, m);
    },
    pointwise(_code, x, y, m, _n, ld) {
      for (const address of [x, y]) matrix(address, m, ld);
    },
    pointwiseGradient(_code, x, y, dy, m, _n, ld, dx) {
      for (const address of [x, y, dy, dx]) matrix(address, m, ld);
    },
    affine(x, y, m, _n, ld) {
      for (const address of [x, y]) matrix(address, m, ld);
    },
    multiply(a, b, y, m, _n, ld, spread) {
      for (const address of [a, y]) matrix(address, m, ld);
      matrix(b, m, spread === 1 ? 8 : ld);
    },
    rowProducts(a, b, y, m, _n, ld) {
      matrix(a, m, ld);
      if (b !== 0) matrix(b, m, ld);
      matrix(y, m, 8);
    },
    spreadColumn(x, y, m, _n, ld) {
      matrix(x, m, 8);
      matrix(y, m, ld);
    },
    copyColumns(x, ldx, y, ldy, m, n) {
      matrix(x, m, ldx, n);
      matrix(y, m, ldy, n);
    },
    clear(x, count) {
      multiple(count, 8);
      floats(x, count);
    },
    columnTotal(x, m) {
      matrix(x, m, 8);
      return 0;
    },
    addConstant(x, m) {
      matrix(x, m, 8);
    },
    sumGradients(g, stride, parts, count, squares) {
      multiple(count, 8);
      for (let part = 0; part < parts; part++) floats(g + part * stride, count);
      floats(squares, 2 * Math.ceil(count / NORM_BLOCK));
    },
    adamw(p, g, m, v, rows, ld, packed, depth, transposed, columns) {
      if (rows !== 1) multiple(rows, 8);
      for (const address of [p, g, m, v]) matrix(address, rows, ld);
      if (packed !== 0) {
        matrix(p, Math.max(rows, depth), ld);
        floats(packed, depth * ld);
      }
      if (transposed === 0) return;
      multiple(rows, 8);
      matrix(p, rows, ld, columns);
      floats(transposed, columns * rows);
    },
    moveAverage(x, y, count) {
      multiple(count, 8);
      for (const address of [x, y]) floats(address, count);
    },
    gatherRows(x, width, rows, y, ld, count) {
      floats(x, width);
      floats(rows, count);
      matrix(y, count, ld, width);
    },
  };
}
