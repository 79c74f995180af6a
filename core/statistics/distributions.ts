/** Distribution functions and quantiles, to about 1e-12, without tables. */

/** Lanczos' coefficients for g = 7, n = 9 (P. Godfrey, "A note on the computation of the convergent Lanczos complex gamma approximation", 2001). */
const LANCZOS = [
  0.99999999999980993,
  676.5203681218851,
  -1259.1392167224028,
  771.32342877765313,
  -176.61502916214059,
  12.507343278686905,
  -0.13857109526572012,
  9.9843695780195716e-6,
  1.5056327351493116e-7,
] as const;

/** The logarithm of the gamma function. @param x Positive */
export function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const z = x - 1, t = z + 7.5;
  let sum: number = LANCZOS[0];
  for (let i = 1; i < LANCZOS.length; i++) sum += LANCZOS[i]! / (z + i);
  return 0.5 * Math.log(2 * Math.PI) + (z + 0.5) * Math.log(t) - t + Math.log(sum);
}

/** Fractions of the continued fraction below after which it has converged, for a and b up to 10^9. */
const MAX_FRACTIONS = 100_000;
const TINY = 1e-300;

/**
 * The regularized incomplete beta function I_x(a, b): the distribution function of a beta variable.
 *
 * @param x In [0, 1]
 * @see W. H. Press et al., "Numerical Recipes" (3rd ed., 2007), 6.4: Lentz' continued fraction
 */
export function regularizedBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const front = Math.exp(
    logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x),
  );
  return x < (a + 1) / (a + b + 2)
    ? front * betaFraction(x, a, b) / a
    : 1 - front * betaFraction(1 - x, b, a) / b;
}

function betaFraction(x: number, a: number, b: number): number {
  let c = 1, d = 1 / awayFromZero(1 - (a + b) * x / (a + 1)), fraction = d;
  for (let m = 1; m <= MAX_FRACTIONS; m++) {
    const even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / awayFromZero(1 + even * d);
    c = awayFromZero(1 + even / c);
    fraction *= d * c;
    const odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / awayFromZero(1 + odd * d);
    c = awayFromZero(1 + odd / c);
    fraction *= d * c;
    if (Math.abs(d * c - 1) < 1e-15) break;
  }
  return fraction;
}

function awayFromZero(value: number): number {
  return Math.abs(value) < TINY ? TINY : value;
}

/** The quantile of a beta variable. @param probability In [0, 1] */
export function betaQuantile(probability: number, a: number, b: number): number {
  return bisect((x) => regularizedBeta(x, a, b) - probability, 0, 1);
}

/** The probability of at most `successes` in `trials`, each of which succeeds with `rate`. */
export function binomialCdf(successes: number, trials: number, rate: number): number {
  if (successes < 0) return 0;
  if (successes >= trials) return 1;
  return regularizedBeta(1 - rate, trials - successes, successes + 1);
}

/**
 * The standard normal distribution function.
 *
 * @see G. Marsaglia, "Evaluating the normal distribution", Journal of Statistical Software 11 (2004),
 *   for the series; the tail is Laplace's continued fraction (Abramowitz & Stegun 26.2.14)
 */
export function normalCdf(x: number): number {
  const density = Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
  if (Math.abs(x) >= 3) {
    let fraction = Math.abs(x);
    for (let k = 100; k >= 1; k--) fraction = Math.abs(x) + k / fraction;
    const tail = density / fraction;
    return x < 0 ? tail : 1 - tail;
  }
  let sum = x, term = x;
  for (let k = 3; Math.abs(term) > 1e-17 * Math.abs(sum); k += 2) {
    term *= x * x / k;
    sum += term;
  }
  return 0.5 + density * sum;
}

/** The standard normal quantile. @param probability In (0, 1) */
export function normalQuantile(probability: number): number {
  // The tail that is small has its digits: 1 − p has lost those of p.
  if (probability > 0.5) return -normalQuantile(1 - probability);
  return bisect((x) => normalCdf(x) - probability, -40, 0);
}

/** The distribution function of Student's t. @param degrees Degrees of freedom, positive */
export function studentCdf(t: number, degrees: number): number {
  const tail = regularizedBeta(degrees / (degrees + t * t), degrees / 2, 0.5) / 2;
  return t < 0 ? tail : 1 - tail;
}

/** The quantile of Student's t. @param probability In (0, 1) @param degrees Positive */
export function studentQuantile(probability: number, degrees: number): number {
  if (probability < 0.5) return -studentQuantile(1 - probability, degrees);
  const tail = betaQuantile(2 * (1 - probability), degrees / 2, 0.5);
  return Math.sqrt(degrees * (1 - tail) / tail);
}

/** Finds where an increasing function is 0, to the last bits. */
export function bisect(increasing: (x: number) => number, low: number, high: number): number {
  for (let left = low, right = high;;) {
    const middle = (left + right) / 2;
    if (middle <= left || middle >= right) return middle;
    if (increasing(middle) < 0) left = middle;
    else right = middle;
  }
}
