// @ts-nocheck: AssemblyScript, compiled by tools/build_kernels.ts

/**
 * Matrix products C = A·B over packed operands, after Goto & van de Geijn, "Anatomy of
 * high-performance matrix multiplication" (2008). A is packed in panels of 4 rows, B in panels of
 * 8 columns; a tile of C, 4 × 8, stays in eight registers over the whole sum.
 *
 * Addresses are bytes, strides (`ld`) floats. Rows of C are padded to a multiple of 4, columns and
 * strides to a multiple of 8, so there are no edges. Sums run over k in ascending order and
 * products are rounded before they are added (no relaxed SIMD): the bits depend on nothing else.
 */

// Mode 0: C = A·B + bias (a row).
/** C += A·B. */
const ADD: i32 = 1;
/** C = max(0, A·B + bias). */
const RELU: i32 = 2;

/**
 * @param a packed `[m / 4][k][4]`
 * @param b packed `[n / 8][k][8]`
 * @param c `[m, n]`, row stride `ldc`
 * @param bias `[n]` for modes 0 and RELU, 0 for none
 */
export function gemm(
  a: usize,
  b: usize,
  c: usize,
  ldc: i32,
  m: i32,
  n: i32,
  k: i32,
  mode: i32,
  bias: usize,
): void {
  const rowBytes: usize = ldc << 2;
  const aPanel: usize = k << 4;
  const bPanel: usize = k << 5;
  const bEnd = b + <usize> (n >> 3) * bPanel;
  const aEnd = a + <usize> (m >> 2) * aPanel;
  for (let pb = b; pb < bEnd; pb += bPanel) {
    let row: usize = 0;
    for (let pa = a; pa < aEnd; pa += aPanel) {
      tile(pa, pb, k, c + row, rowBytes, mode, bias);
      row += rowBytes << 2;
    }
    c += 32;
    if (bias != 0) bias += 32;
  }
}

/** One 4 × 8 tile of C. */
function tile(
  a: usize,
  b: usize,
  k: i32,
  c: usize,
  ld: usize,
  mode: i32,
  bias: usize,
): void {
  let c00 = f32x4.splat(0), c01 = c00, c10 = c00, c11 = c00;
  let c20 = c00, c21 = c00, c30 = c00, c31 = c00;
  let b0: v128, b1: v128, x: v128, p: v128, q: v128;
  // Two steps at a time: V8 checks the bounds of every load, and more of them run out of registers.
  const pairs = a + ((k & ~1) << 4);
  while (a < pairs) {
    b0 = v128.load(b), b1 = v128.load(b, 16);
    x = v128.load32_splat(a);
    p = f32x4.mul(x, b0), q = f32x4.mul(x, b1);
    c00 = f32x4.add(c00, p);
    c01 = f32x4.add(c01, q);
    x = v128.load32_splat(a, 4);
    p = f32x4.mul(x, b0), q = f32x4.mul(x, b1);
    c10 = f32x4.add(c10, p);
    c11 = f32x4.add(c11, q);
    x = v128.load32_splat(a, 8);
    p = f32x4.mul(x, b0), q = f32x4.mul(x, b1);
    c20 = f32x4.add(c20, p);
    c21 = f32x4.add(c21, q);
    x = v128.load32_splat(a, 12);
    p = f32x4.mul(x, b0), q = f32x4.mul(x, b1);
    c30 = f32x4.add(c30, p);
    c31 = f32x4.add(c31, q);

    b0 = v128.load(b, 32), b1 = v128.load(b, 48);
    x = v128.load32_splat(a, 16);
    p = f32x4.mul(x, b0), q = f32x4.mul(x, b1);
    c00 = f32x4.add(c00, p);
    c01 = f32x4.add(c01, q);
    x = v128.load32_splat(a, 20);
    p = f32x4.mul(x, b0), q = f32x4.mul(x, b1);
    c10 = f32x4.add(c10, p);
    c11 = f32x4.add(c11, q);
    x = v128.load32_splat(a, 24);
    p = f32x4.mul(x, b0), q = f32x4.mul(x, b1);
    c20 = f32x4.add(c20, p);
    c21 = f32x4.add(c21, q);
    x = v128.load32_splat(a, 28);
    p = f32x4.mul(x, b0), q = f32x4.mul(x, b1);
    c30 = f32x4.add(c30, p);
    c31 = f32x4.add(c31, q);
    a += 32;
    b += 64;
  }
  if (k & 1) {
    b0 = v128.load(b), b1 = v128.load(b, 16);
    x = v128.load32_splat(a);
    p = f32x4.mul(x, b0), q = f32x4.mul(x, b1);
    c00 = f32x4.add(c00, p);
    c01 = f32x4.add(c01, q);
    x = v128.load32_splat(a, 4);
    p = f32x4.mul(x, b0), q = f32x4.mul(x, b1);
    c10 = f32x4.add(c10, p);
    c11 = f32x4.add(c11, q);
    x = v128.load32_splat(a, 8);
    p = f32x4.mul(x, b0), q = f32x4.mul(x, b1);
    c20 = f32x4.add(c20, p);
    c21 = f32x4.add(c21, q);
    x = v128.load32_splat(a, 12);
    p = f32x4.mul(x, b0), q = f32x4.mul(x, b1);
    c30 = f32x4.add(c30, p);
    c31 = f32x4.add(c31, q);
  }
  if (mode == ADD) {
    c00 = f32x4.add(c00, v128.load(c));
    c01 = f32x4.add(c01, v128.load(c, 16));
    const r1 = c + ld, r2 = r1 + ld, r3 = r2 + ld;
    c10 = f32x4.add(c10, v128.load(r1));
    c11 = f32x4.add(c11, v128.load(r1, 16));
    c20 = f32x4.add(c20, v128.load(r2));
    c21 = f32x4.add(c21, v128.load(r2, 16));
    c30 = f32x4.add(c30, v128.load(r3));
    c31 = f32x4.add(c31, v128.load(r3, 16));
  } else if (bias != 0) {
    const bias0 = v128.load(bias), bias1 = v128.load(bias, 16);
    c00 = f32x4.add(c00, bias0);
    c01 = f32x4.add(c01, bias1);
    c10 = f32x4.add(c10, bias0);
    c11 = f32x4.add(c11, bias1);
    c20 = f32x4.add(c20, bias0);
    c21 = f32x4.add(c21, bias1);
    c30 = f32x4.add(c30, bias0);
    c31 = f32x4.add(c31, bias1);
  }
  if (mode == RELU) {
    const zero = f32x4.splat(0);
    c00 = f32x4.pmax(c00, zero);
    c01 = f32x4.pmax(c01, zero);
    c10 = f32x4.pmax(c10, zero);
    c11 = f32x4.pmax(c11, zero);
    c20 = f32x4.pmax(c20, zero);
    c21 = f32x4.pmax(c21, zero);
    c30 = f32x4.pmax(c30, zero);
    c31 = f32x4.pmax(c31, zero);
  }
  v128.store(c, c00);
  v128.store(c, c01, 16);
  c += ld;
  v128.store(c, c10);
  v128.store(c, c11, 16);
  c += ld;
  v128.store(c, c20);
  v128.store(c, c21, 16);
  c += ld;
  v128.store(c, c30);
  v128.store(c, c31, 16);
}
