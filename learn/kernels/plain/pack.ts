// @ts-nocheck: AssemblyScript, compiled by tools/build_kernels.ts

/** Copies of matrices in the order in which `gemm()` reads them. */

/**
 * Right operand as stored: `[k, n]`, row stride `ld` → `[n / 8][k][8]`.
 */
export function packColumns(x: usize, ld: i32, k: i32, n: i32, out: usize): void {
  const stride: usize = ld << 2;
  for (let j = 0; j < n; j += 8) {
    let from = x + (j << 2);
    const end = out + (k << 5);
    while (out < end) {
      v128.store(out, v128.load(from));
      v128.store(out, v128.load(from, 16), 16);
      from += stride;
      out += 32;
    }
  }
}

/**
 * Right operand stored transposed: `[n, k]`, row stride `ld` → `[n / 8][k][8]`. `k` is rounded up
 * to a multiple of 4 while reading, which the padding of rows allows; only `k` rows are written.
 */
export function packColumnsTransposed(x: usize, ld: i32, k: i32, n: i32, out: usize): void {
  const stride: usize = ld << 2;
  for (let j = 0; j < n; j += 8) {
    packRowsOf4(x, stride, k, out, 32);
    packRowsOf4(x + (stride << 2), stride, k, out + 16, 32);
    x += stride << 3;
    out += k << 5;
  }
}

/** Left operand as stored: `[m, k]`, row stride `ld` → `[m / 4][k][4]`. */
export function packRows(x: usize, ld: i32, m: i32, k: i32, out: usize): void {
  const stride: usize = ld << 2;
  for (let i = 0; i < m; i += 4) {
    packRowsOf4(x, stride, k, out, 16);
    x += stride << 2;
    out += k << 4;
  }
}

/** Left operand stored transposed: `[k, m]`, row stride `ld` → `[m / 4][k][4]`. */
export function packRowsTransposed(x: usize, ld: i32, m: i32, k: i32, out: usize): void {
  const stride: usize = ld << 2;
  for (let i = 0; i < m; i += 4) {
    let from = x + (i << 2);
    const end = out + (k << 4);
    while (out < end) {
      v128.store(out, v128.load(from));
      from += stride;
      out += 16;
    }
  }
}

/** Four rows, transposed: out[t] = (x[0][t], x[1][t], x[2][t], x[3][t]) for t < k. */
function packRowsOf4(x: usize, stride: usize, k: i32, out: usize, step: usize): void {
  const x1 = x + stride, x2 = x1 + stride, x3 = x2 + stride;
  const whole = (k & ~3) << 2;
  let t: usize = 0;
  for (; t < <usize> whole; t += 16) {
    const r0 = v128.load(x + t), r1 = v128.load(x1 + t);
    const r2 = v128.load(x2 + t), r3 = v128.load(x3 + t);
    const low01 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
    const low23 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
    const high01 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
    const high23 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
    v128.store(out, v128.shuffle<f64>(low01, low23, 0, 2));
    out += step;
    v128.store(out, v128.shuffle<f64>(low01, low23, 1, 3));
    out += step;
    v128.store(out, v128.shuffle<f64>(high01, high23, 0, 2));
    out += step;
    v128.store(out, v128.shuffle<f64>(high01, high23, 1, 3));
    out += step;
  }
  for (; t < <usize> (k << 2); t += 4) {
    f32.store(out, f32.load(x + t));
    f32.store(out, f32.load(x1 + t), 4);
    f32.store(out, f32.load(x2 + t), 8);
    f32.store(out, f32.load(x3 + t), 12);
    out += step;
  }
}
