// @ts-nocheck: AssemblyScript, compiled by tools/build_kernels.ts

/** Number of floats that are summed in f32 before the sum continues in f64. */
const BLOCK: i32 = 1024;

/** Σ x² over `count` floats, a multiple of 8. */
export function sumOfSquares(x: usize, count: i32): f64 {
  let total: f64 = 0;
  const end = x + (count << 2);
  while (x < end) {
    let block = x + (BLOCK << 2);
    if (block > end) block = end;
    let low = f32x4.splat(0), high = low;
    while (x < block) {
      const a = v128.load(x), b = v128.load(x, 16);
      low = f32x4.add(low, f32x4.mul(a, a));
      high = f32x4.add(high, f32x4.mul(b, b));
      x += 32;
    }
    const sum = f64x2.add(
      f64x2.add(f64x2.promote_low_f32x4(low), f64x2.promote_low_f32x4(high)),
      f64x2.add(
        f64x2.promote_low_f32x4(v128.shuffle<f64>(low, low, 1, 0)),
        f64x2.promote_low_f32x4(v128.shuffle<f64>(high, high, 1, 0)),
      ),
    );
    total += f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
  }
  return total;
}

/**
 * One step of AdamW (Loshchilov & Hutter, "Decoupled weight decay regularization", 2019) over all
 * parameters at once.
 *
 * @param p parameters, @param g gradients, @param m first and @param v second moments, `[count]`
 * @param scale factor of the gradients (clipping)
 * @param keep 1 − learning rate · weight decay
 * @param rate learning rate / (1 − β₁ᵗ)
 * @param correction 1 / √(1 − β₂ᵗ)
 */
export function adamw(
  p: usize,
  g: usize,
  m: usize,
  v: usize,
  count: i32,
  scale: f32,
  beta1: f32,
  beta2: f32,
  keep: f32,
  rate: f32,
  correction: f32,
  epsilon: f32,
): void {
  const scales = f32x4.splat(scale), keeps = f32x4.splat(keep), rates = f32x4.splat(rate);
  const old1 = f32x4.splat(beta1), new1 = f32x4.splat(1 - beta1);
  const old2 = f32x4.splat(beta2), new2 = f32x4.splat(1 - beta2);
  const corrections = f32x4.splat(correction), epsilons = f32x4.splat(epsilon);
  const end: usize = count << 2;
  for (let i: usize = 0; i < end; i += 16) {
    const gradient = f32x4.mul(v128.load(g + i), scales);
    const first = f32x4.add(f32x4.mul(old1, v128.load(m + i)), f32x4.mul(new1, gradient));
    const second = f32x4.add(
      f32x4.mul(old2, v128.load(v + i)),
      f32x4.mul(new2, f32x4.mul(gradient, gradient)),
    );
    v128.store(m + i, first);
    v128.store(v + i, second);
    const deviation = f32x4.add(f32x4.mul(f32x4.sqrt(second), corrections), epsilons);
    const update = f32x4.div(f32x4.mul(rates, first), deviation);
    v128.store(p + i, f32x4.sub(f32x4.mul(v128.load(p + i), keeps), update));
  }
}
