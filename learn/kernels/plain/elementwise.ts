// @ts-nocheck: AssemblyScript, compiled by tools/build_kernels.ts

/** Operations on flat or row-major arrays. Counts are floats and multiples of 8. */

/** Gradient through a ReLU, in place: zero if the output `y` is not positive. */
export function reluGradient(gradient: usize, y: usize, count: i32): void {
  const zero = f32x4.splat(0);
  const end = gradient + (count << 2);
  while (gradient < end) {
    v128.store(gradient, v128.and(v128.load(gradient), f32x4.gt(v128.load(y), zero)));
    v128.store(
      gradient,
      v128.and(v128.load(gradient, 16), f32x4.gt(v128.load(y, 16), zero)),
      16,
    );
    gradient += 32;
    y += 32;
  }
}

/** `out[j]` = (`add` ? out[j] : 0) + Σ x[i][j], i ascending; x is `[m, n]` with row stride n. */
export function columnSums(x: usize, m: i32, n: i32, out: usize, add: i32): void {
  const stride: usize = n << 2;
  for (let j: usize = 0; j < stride; j += 32) {
    let low = f32x4.splat(0), high = low;
    let row = x + j;
    for (let i = 0; i < m; i++) {
      low = f32x4.add(low, v128.load(row));
      high = f32x4.add(high, v128.load(row, 16));
      row += stride;
    }
    if (add) {
      low = f32x4.add(low, v128.load(out + j));
      high = f32x4.add(high, v128.load(out + j, 16));
    }
    v128.store(out + j, low);
    v128.store(out + j, high, 16);
  }
}

/** x += y: sums the gradients of shards, in the order of the calls. */
export function addTo(x: usize, y: usize, count: i32): void {
  const end = x + (count << 2);
  while (x < end) {
    v128.store(x, f32x4.add(v128.load(x), v128.load(y)));
    v128.store(x, f32x4.add(v128.load(x, 16), v128.load(y, 16)), 16);
    x += 32;
    y += 32;
  }
}

/** Σ (p − t)² over `count` floats. */
export function squaredError(p: usize, t: usize, count: i32): f64 {
  let sum = f64x2.splat(0);
  const end = p + (count << 2);
  while (p < end) {
    const difference = f32x4.sub(v128.load(p), v128.load(t));
    const square = f32x4.mul(difference, difference);
    sum = f64x2.add(sum, f64x2.promote_low_f32x4(square));
    sum = f64x2.add(sum, f64x2.promote_low_f32x4(v128.shuffle<f64>(square, square, 1, 0)));
    p += 16;
    t += 16;
  }
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}

/** gradient = (`add` ? gradient : 0) + (p − t)·scale. */
export function squaredErrorGradient(
  p: usize,
  t: usize,
  count: i32,
  scale: f32,
  gradient: usize,
  add: i32,
): void {
  const factor = f32x4.splat(scale);
  const end = p + (count << 2);
  while (p < end) {
    let d = f32x4.mul(f32x4.sub(v128.load(p), v128.load(t)), factor);
    if (add) d = f32x4.add(d, v128.load(gradient));
    v128.store(gradient, d);
    p += 16;
    t += 16;
    gradient += 16;
  }
}
