/**
 * Sine and cosine from additions and multiplications alone, so that an episode has the same bits on
 * every JavaScript engine: ECMAScript leaves those of `Math.sin` open.
 *
 * Cody and Waite's reduction to ± π/4, then Taylor's series, whose large terms carry their rounding
 * errors along (Dekker 1971). All but about one result in a thousand is the double next to the true
 * value, as glibc's are; in a long jam every other one would grow.
 */

/** π/2 as a sum, the parts short enough for exact products with the number of quarter turns. */
const HALF_PI_1 = 1.57079632673412561417, HALF_PI_2 = 6.07710050630396597660e-11;
const HALF_PI_3 = 2.02226624879595063154e-21;

/** Coefficients 1/3! and 1/4!, as a double and its remainder. */
const SIXTH = 1 / 6, SIXTH_REST = 9.25185853854297e-18;
const TWENTY_FOURTH = 1 / 24, TWENTY_FOURTH_REST = 2.3129646346357427e-18;
/** The terms after those, by Horner's rule: ± 1/5!, 1/7! …; ± 1/6!, 1/8! … */
const SINE = [5, 7, 9, 11, 13, 15, 17, 19].map(inverseFactorial);
const COSINE = [6, 8, 10, 12, 14, 16, 18, 20].map(inverseFactorial);

/** Factor 2²⁷ + 1, which splits a double into two halves of 26 bits. */
const SPLITTER = 134217729;

/**
 * Writes cosine and sine of an angle.
 *
 * @param angle Angle (rad), |angle| < 10⁵
 * @param out `[2]` cosine, sine
 */
export function cosineAndSine(angle: number, out: Float64Array): void {
  const quarters = Math.round(angle * (2 / Math.PI));
  // The rest as a sum of two numbers: what the first loses is in the second.
  const coarse = angle - quarters * HALF_PI_1;
  const tail = quarters * HALF_PI_2;
  const fine = coarse - tail;
  const correction = quarters * HALF_PI_3 - ((coarse - fine) - tail);
  const x = fine - correction;
  const rest = (fine - x) - correction;

  const z = x * x, zRest = productError(x, x, z) + 2 * x * rest;
  const sine = sineOf(x, rest, z, zRest), cosine = cosineOf(z, zRest);
  switch (quarters & 3) {
    case 0:
      out[0] = cosine, out[1] = sine;
      break;
    case 1:
      out[0] = -sine, out[1] = cosine;
      break;
    case 2:
      out[0] = -cosine, out[1] = -sine;
      break;
    default:
      out[0] = sine, out[1] = -cosine;
  }
}

/** x − x³/6 + …, for x and its square with their rests. */
function sineOf(x: number, rest: number, z: number, zRest: number): number {
  const cube = x * z, cubeRest = productError(x, z, cube) + x * zRest + rest * z;
  const third = cube * SIXTH;
  const thirdRest = productError(cube, SIXTH, third) + cube * SIXTH_REST + cubeRest * SIXTH;
  const small = cube * z * series(SINE, z) - thirdRest + rest;
  const sum = x - third;
  return sum + ((x - sum) - third + small);
}

/** Computes 1 − z/2 + z²/24 − …, for z with its remainder. */
function cosineOf(z: number, zRest: number): number {
  const square = z * z, squareRest = productError(z, z, square) + 2 * z * zRest;
  const fourth = square * TWENTY_FOURTH;
  const fourthRest = productError(square, TWENTY_FOURTH, fourth) + square * TWENTY_FOURTH_REST +
    squareRest * TWENTY_FOURTH;
  const small = fourthRest - square * z * series(COSINE, z) - 0.5 * zRest;
  const half = 0.5 * z, sum = 1 - half, error = (1 - sum) - half;
  const total = sum + fourth;
  return total + ((sum - total) + fourth + error + small);
}

/** a₀ − a₁z + a₂z² − … */
function series(coefficients: readonly number[], z: number): number {
  let sum = 0;
  for (let i = coefficients.length - 1; i >= 0; i--) sum = coefficients[i]! - z * sum;
  return sum;
}

/** Computes the rounding error of a product of two numbers, exactly (Dekker). */
function productError(a: number, b: number, product: number): number {
  const aScaled = SPLITTER * a, aHigh = aScaled - (aScaled - a), aLow = a - aHigh;
  const bScaled = SPLITTER * b, bHigh = bScaled - (bScaled - b), bLow = b - bHigh;
  return ((aHigh * bHigh - product) + aHigh * bLow + aLow * bHigh) + aLow * bLow;
}

function inverseFactorial(n: number): number {
  let product = 1;
  for (let factor = 2; factor <= n; factor++) product *= factor;
  return 1 / product;
}
