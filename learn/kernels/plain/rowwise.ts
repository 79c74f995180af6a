// @ts-nocheck: AssemblyScript, compiled by tools/build_kernels.ts

/**
 * Arithmetic on rows of `n` columns at a stride of `ld` floats; a "column" is the first of each row
 * of a matrix of stride 8. Padding stays zero. `add` says whether to add to what is there.
 */

const COLUMN: usize = 32;

/** y = (`add` ? y : 0) + scale·x + offset, `[m, n]`. */
export function affine(
  x: usize,
  y: usize,
  m: i32,
  n: i32,
  ld: i32,
  scale: f32,
  offset: f32,
  add: i32,
): void {
  const width: usize = n << 2, stride: usize = ld << 2;
  for (let i = 0; i < m; i++) {
    for (let j: usize = 0; j < width; j += 4) {
      const value = f32.load(x + j) * scale + offset;
      f32.store(y + j, add ? f32.load(y + j) + value : value);
    }
    x += stride;
    y += stride;
  }
}

/** y = (`add` ? y : 0) + a·b, `[m, n]`, where b is a column if `spread`. */
export function multiply(
  a: usize,
  b: usize,
  y: usize,
  m: i32,
  n: i32,
  ld: i32,
  spread: i32,
  add: i32,
): void {
  const width: usize = n << 2, stride: usize = ld << 2;
  for (let i = 0; i < m; i++) {
    for (let j: usize = 0; j < width; j += 4) {
      const value = f32.load(a + j) * f32.load(spread ? b : b + j);
      f32.store(y + j, add ? f32.load(y + j) + value : value);
    }
    a += stride;
    b += spread ? COLUMN : stride;
    y += stride;
  }
}

/** Column y = (`add` ? y : 0) + Σ a·b over each row; b is 1 if its address is 0. */
export function rowProducts(
  a: usize,
  b: usize,
  y: usize,
  m: i32,
  n: i32,
  ld: i32,
  add: i32,
): void {
  const width: usize = n << 2, stride: usize = ld << 2;
  for (let i = 0; i < m; i++) {
    let sum: f32 = 0;
    for (let j: usize = 0; j < width; j += 4) {
      sum += b ? f32.load(a + j) * f32.load(b + j) : f32.load(a + j);
    }
    f32.store(y, add ? f32.load(y) + sum : sum);
    a += stride;
    if (b) b += stride;
    y += COLUMN;
  }
}

/** y = (`add` ? y : 0) + x in every one of `n` columns, x a column. */
export function spreadColumn(x: usize, y: usize, m: i32, n: i32, ld: i32, add: i32): void {
  const width: usize = n << 2, stride: usize = ld << 2;
  for (let i = 0; i < m; i++) {
    const value = f32.load(x);
    for (let j: usize = 0; j < width; j += 4) {
      f32.store(y + j, add ? f32.load(y + j) + value : value);
    }
    x += COLUMN;
    y += stride;
  }
}

/** y = (`add` ? y : 0) + x, `[m, n]` at strides of their own. */
export function copyColumns(
  x: usize,
  ldx: i32,
  y: usize,
  ldy: i32,
  m: i32,
  n: i32,
  add: i32,
): void {
  const width: usize = n << 2;
  for (let i = 0; i < m; i++) {
    if (add) {
      for (let j: usize = 0; j < width; j += 4) {
        f32.store(y + j, f32.load(y + j) + f32.load(x + j));
      }
    } else memory.copy(y, x, width);
    x += ldx << 2;
    y += ldy << 2;
  }
}

/** Sets `count` floats to zero. */
export function clear(x: usize, count: i32): void {
  memory.fill(x, 0, count << 2);
}

/** Σ x over a column, in f64. */
export function columnTotal(x: usize, m: i32): f64 {
  let sum: f64 = 0;
  for (let i = 0; i < m; i++) sum += f32.load(x + i * COLUMN);
  return sum;
}

/** Column x = (`add` ? x : 0) + value. */
export function addConstant(x: usize, m: i32, value: f32, add: i32): void {
  for (let i = 0; i < m; i++) {
    const at = x + i * COLUMN;
    f32.store(at, add ? f32.load(at) + value : value);
  }
}
