// @ts-nocheck: AssemblyScript, compiled by tools/build_kernels.ts

/**
 * Functions of single numbers. AssemblyScript's own `Mathf` keeps tables at fixed addresses, where
 * the arena lies; these are the polynomials of Cephes (Moshier 1989), within 2 units in the last
 * place. Rows have a stride of `ld` floats, a multiple of 8; columns from `n` on stay zero.
 */

// @ts-ignore: decorator

function constant(value: f32): v128 {
  return f32x4.splat(value);
}

/** a·b + c, rounded twice. */
// @ts-ignore: decorator

function fma(a: v128, b: v128, c: v128): v128 {
  return f32x4.add(f32x4.mul(a, b), c);
}

/** eˣ for x in [−87, 88]; beyond it is that of the nearer end. */
function exp4(value: v128): v128 {
  const x = f32x4.max(f32x4.min(value, constant(88)), constant(-87));
  const n = f32x4.nearest(f32x4.mul(x, constant(1.44269504)));
  // ln 2 in two parts, the first exact in products with small integers.
  let r = f32x4.sub(x, f32x4.mul(n, constant(0.693359375)));
  r = f32x4.add(r, f32x4.mul(n, constant(2.12194440e-4)));
  let p = constant(1.9875691500e-4);
  p = fma(p, r, constant(1.3981999507e-3));
  p = fma(p, r, constant(8.3334519073e-3));
  p = fma(p, r, constant(4.1665795894e-2));
  p = fma(p, r, constant(1.6666665459e-1));
  p = fma(p, r, constant(5.0000001201e-1));
  p = f32x4.add(fma(p, f32x4.mul(r, r), r), constant(1));
  const power = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23);
  return f32x4.mul(p, power);
}

/** ln x for normal positive x. */
function log4(x: v128): v128 {
  // x = m·2ᵉ with m in [√½, √2).
  const bits = i32x4.sub(x, i32x4.splat(0x3f3504f3));
  const e = f32x4.convert_i32x4_s(i32x4.shr_s(bits, 23));
  const mantissa = i32x4.add(v128.and(bits, i32x4.splat(0x7fffff)), i32x4.splat(0x3f3504f3));
  const m = f32x4.sub(mantissa, constant(1));
  const square = f32x4.mul(m, m);
  let p = constant(7.0376836292e-2);
  p = fma(p, m, constant(-1.1514610310e-1));
  p = fma(p, m, constant(1.1676998740e-1));
  p = fma(p, m, constant(-1.2420140846e-1));
  p = fma(p, m, constant(1.4249322787e-1));
  p = fma(p, m, constant(-1.6668057665e-1));
  p = fma(p, m, constant(2.0000714765e-1));
  p = fma(p, m, constant(-2.4999993993e-1));
  p = fma(p, m, constant(3.3333331174e-1));
  p = f32x4.mul(f32x4.mul(p, m), square);
  p = f32x4.add(p, f32x4.mul(e, constant(-2.12194440e-4)));
  p = f32x4.sub(p, f32x4.mul(square, constant(0.5)));
  return f32x4.add(f32x4.add(m, p), f32x4.mul(e, constant(0.693359375)));
}

/** ln(1 + x) for x ≥ 0, exact for small x too (Kahan's correction). */
function log1p4(x: v128): v128 {
  const u = f32x4.add(x, constant(1));
  const added = f32x4.sub(u, constant(1));
  const corrected = f32x4.mul(log4(u), f32x4.div(x, added));
  return v128.bitselect(x, corrected, f32x4.eq(added, constant(0)));
}

function sigmoid4(x: v128): v128 {
  return f32x4.div(constant(1), f32x4.add(constant(1), exp4(f32x4.neg(x))));
}

function tanh4(x: v128): v128 {
  const square = f32x4.mul(x, x);
  let p = constant(-5.70498872745e-3);
  p = fma(p, square, constant(2.06390887954e-2));
  p = fma(p, square, constant(-5.37397155531e-2));
  p = fma(p, square, constant(1.33314422036e-1));
  p = fma(p, square, constant(-3.33332819422e-1));
  const near = fma(f32x4.mul(p, square), x, x);
  const power = exp4(f32x4.mul(x, constant(2)));
  const far = f32x4.sub(
    constant(1),
    f32x4.div(constant(2), f32x4.add(power, constant(1))),
  );
  return v128.bitselect(near, far, f32x4.lt(f32x4.abs(x), constant(0.625)));
}

/** ln(1 + eˣ) = max(x, 0) + ln(1 + e^−|x|). */
function softplus4(x: v128): v128 {
  const rest = log1p4(exp4(f32x4.neg(f32x4.abs(x))));
  return f32x4.add(f32x4.max(x, constant(0)), rest);
}

/** sign(x)·ln(|x| + √(x² + 1)), arranged so that small x keep their digits. */
function asinh4(x: v128): v128 {
  const size = f32x4.abs(x), square = f32x4.mul(x, x);
  const root = f32x4.sqrt(f32x4.add(square, constant(1)));
  const log = log1p4(f32x4.add(size, f32x4.div(square, f32x4.add(root, constant(1)))));
  return v128.bitselect(x, log, i32x4.splat(0x80000000));
}

/**
 * sin(x + quarter·π/2), for |x| up to some thousand: beyond it the reduction loses digits.
 *
 * @param quarter 0 for the sine, 1 for the cosine
 */
function sine4(x: v128, quarter: i32): v128 {
  const n = f32x4.nearest(f32x4.mul(x, constant(0.636619772)));
  // π/2 in three parts, the first two exact in products with small integers.
  let r = f32x4.sub(x, f32x4.mul(n, constant(1.5703125)));
  r = f32x4.sub(r, f32x4.mul(n, constant(4.837512969970703e-4)));
  r = f32x4.sub(r, f32x4.mul(n, constant(7.54978995489188e-8)));
  const z = f32x4.mul(r, r);
  let s = constant(-1.9515295891e-4);
  s = fma(s, z, constant(8.3321608736e-3));
  s = fma(s, z, constant(-1.6666654611e-1));
  s = fma(f32x4.mul(s, z), r, r);
  let c = constant(2.443315711809948e-5);
  c = fma(c, z, constant(-1.388731625493765e-3));
  c = fma(c, z, constant(4.166664568298827e-2));
  c = fma(c, f32x4.mul(z, z), f32x4.sub(constant(1), f32x4.mul(z, constant(0.5))));
  const turn = i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(quarter));
  const odd = i32x4.neg(v128.and(turn, i32x4.splat(1)));
  const sign = i32x4.shl(v128.and(turn, i32x4.splat(2)), 30);
  return v128.xor(v128.bitselect(c, s, odd), sign);
}

// 6, the square root, is the default of both switches.
const EXP = 0, LOG = 1, TANH = 2, SOFTPLUS = 3, SILU = 4, ASINH = 5, SIN = 7, COS = 8;

// @ts-ignore: decorator

function apply(code: i32, x: v128): v128 {
  switch (code) {
    case EXP:
      return exp4(x);
    case LOG:
      return log4(x);
    case TANH:
      return tanh4(x);
    case SOFTPLUS:
      return softplus4(x);
    case SILU:
      return f32x4.mul(x, sigmoid4(x));
    case ASINH:
      return asinh4(x);
    case SIN:
      return sine4(x, 0);
    case COS:
      return sine4(x, 1);
    default:
      return f32x4.sqrt(x);
  }
}

// @ts-ignore: decorator

function slope(code: i32, x: v128, y: v128): v128 {
  const one = constant(1);
  switch (code) {
    case EXP:
      return y;
    case LOG:
      return f32x4.div(one, x);
    case TANH:
      return f32x4.sub(one, f32x4.mul(y, y));
    case SOFTPLUS:
      return sigmoid4(x);
    case SILU: {
      const s = sigmoid4(x);
      return f32x4.mul(s, fma(x, f32x4.sub(one, s), one));
    }
    case ASINH:
      return f32x4.div(one, f32x4.sqrt(fma(x, x, one)));
    case SIN:
      return sine4(x, 1);
    case COS:
      return f32x4.neg(sine4(x, 0));
    default:
      return f32x4.div(constant(0.5), y);
  }
}

/** y = f(x), `[m, n]`. */
export function pointwise(code: i32, x: usize, y: usize, m: i32, n: i32, ld: i32): void {
  const width: usize = n << 2, stride: usize = ld << 2;
  for (let i = 0; i < m; i++) {
    for (let j: usize = 0; j < width; j += 16) v128.store(y + j, apply(code, v128.load(x + j)));
    for (let j = width; j < stride; j += 4) f32.store(y + j, 0);
    x += stride;
    y += stride;
  }
}

/** dx = (`add` ? dx : 0) + dy·f′(x). */
export function pointwiseGradient(
  code: i32,
  x: usize,
  y: usize,
  dy: usize,
  m: i32,
  n: i32,
  ld: i32,
  dx: usize,
  add: i32,
): void {
  const width: usize = n << 2, stride: usize = ld << 2;
  for (let i = 0; i < m; i++) {
    for (let j: usize = 0; j < width; j += 16) {
      let d = slope(code, v128.load(x + j), v128.load(y + j));
      d = f32x4.mul(d, v128.load(dy + j));
      if (add) d = f32x4.add(d, v128.load(dx + j));
      v128.store(dx + j, d);
    }
    for (let j = width; j < stride; j += 4) f32.store(dx + j, 0);
    x += stride;
    y += stride;
    dy += stride;
    dx += stride;
  }
}
