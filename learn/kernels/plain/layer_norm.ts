// @ts-nocheck: AssemblyScript, compiled by tools/build_kernels.ts

/**
 * Layer normalisation (Ba, Kiros & Hinton 2016): y = (x − mean) / √(variance + ε) · gain + shift,
 * over the `n` real columns of each row. Rows have a stride of `ld` floats, a multiple of 8; columns
 * from `n` on are padding that stays zero. Sums over a row run in f64, column by column.
 */

/**
 * @param normal `[m, ld]` receives (x − mean) / deviation, for the gradient
 * @param inverse `[m]` receives 1 / deviation, for the gradient
 */
export function layerNorm(
  x: usize,
  m: i32,
  n: i32,
  ld: i32,
  gain: usize,
  shift: usize,
  epsilon: f32,
  normal: usize,
  inverse: usize,
  y: usize,
): void {
  const bytes: usize = n << 2, stride: usize = ld << 2;
  for (let i = 0; i < m; i++) {
    let sum: f64 = 0;
    for (let j: usize = 0; j < bytes; j += 4) sum += f32.load(x + j);
    const mean = sum / n;
    let squares: f64 = 0;
    for (let j: usize = 0; j < bytes; j += 4) {
      const difference = <f64> f32.load(x + j) - mean;
      squares += difference * difference;
    }
    const factor = <f32> (1 / sqrt<f64>(squares / n + <f64> epsilon));
    f32.store(inverse + (i << 2), factor);
    const mean32 = <f32> mean;
    for (let j: usize = 0; j < bytes; j += 4) {
      const value = (f32.load(x + j) - mean32) * factor;
      f32.store(normal + j, value);
      f32.store(y + j, value * f32.load(gain + j) + f32.load(shift + j));
    }
    x += stride;
    normal += stride;
    y += stride;
  }
}

/**
 * The gradient of {@link layerNorm}. `addX` and `addParameters` say whether to add to what is
 * there or to overwrite it.
 */
export function layerNormGradient(
  dy: usize,
  m: i32,
  n: i32,
  ld: i32,
  gain: usize,
  normal: usize,
  inverse: usize,
  dx: usize,
  addX: i32,
  dGain: usize,
  dShift: usize,
  addParameters: i32,
): void {
  const bytes: usize = n << 2, stride: usize = ld << 2;
  if (!addParameters) {
    memory.fill(dGain, 0, bytes);
    memory.fill(dShift, 0, bytes);
  }
  for (let i = 0; i < m; i++) {
    let sum: f64 = 0, dot: f64 = 0;
    for (let j: usize = 0; j < bytes; j += 4) {
      const d = f32.load(dy + j), value = f32.load(normal + j);
      f32.store(dGain + j, f32.load(dGain + j) + d * value);
      f32.store(dShift + j, f32.load(dShift + j) + d);
      const scaled = d * f32.load(gain + j);
      sum += scaled;
      dot += scaled * value;
    }
    const mean = <f32> (sum / n), projection = <f32> (dot / n);
    const factor = f32.load(inverse + (i << 2));
    for (let j: usize = 0; j < bytes; j += 4) {
      const scaled = f32.load(dy + j) * f32.load(gain + j);
      const d = (scaled - mean - f32.load(normal + j) * projection) * factor;
      f32.store(dx + j, addX ? f32.load(dx + j) + d : d);
    }
    dy += stride;
    normal += stride;
    dx += stride;
  }
}
