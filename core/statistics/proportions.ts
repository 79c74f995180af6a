import { betaQuantile, logGamma, normalQuantile } from "./distributions.ts";

/** Success rates: of one sample, and of two that share nothing. */

/** A closed range of numbers. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** The level of intervals where none is named. */
export const LEVEL = 0.95;

/**
 * The Wilson score interval of a proportion: unlike the normal approximation it stays within [0, 1]
 * and has a width at 0 and at `trials` successes.
 *
 * @param successes Integer in [0, trials]
 * @param trials Integer, at least 1
 * @param level Coverage, in (0, 1)
 * @throws {RangeError} If there are no trials, or not between 0 and `trials` successes
 * @see E. B. Wilson, "Probable inference, the law of succession, and statistical inference",
 *   JASA 22 (1927), 209–212
 */
export function wilsonInterval(successes: number, trials: number, level = LEVEL): Interval {
  requireProportion(successes, trials);
  const z2 = level === LEVEL ? NORMAL_QUANTILE_95 ** 2 : normalQuantile((1 + level) / 2) ** 2;
  const proportion = successes / trials;
  const centre = (proportion + z2 / (2 * trials)) / (1 + z2 / trials);
  const halfWidth = Math.sqrt(z2) / (1 + z2 / trials) *
    Math.sqrt(proportion * (1 - proportion) / trials + z2 / (4 * trials * trials));
  // At the ends the formula gives the bound itself but for a rounding error.
  return {
    low: successes === 0 ? 0 : Math.max(0, centre - halfWidth),
    high: successes === trials ? 1 : Math.min(1, centre + halfWidth),
  };
}

/** The 97.5 % quantile of the standard normal distribution: two-sided 95 %, as commits have it. */
const NORMAL_QUANTILE_95 = 1.959963984540054;

/**
 * The Clopper–Pearson interval of a proportion, which covers it at least as often as it says.
 *
 * @param successes Integer in [0, trials]
 * @param trials Integer, at least 1
 * @throws {RangeError} If there are no trials, or not between 0 and `trials` successes
 * @see C. J. Clopper and E. S. Pearson, "The use of confidence or fiducial limits illustrated in the
 *   case of the binomial", Biometrika 26 (1934), 404–413
 */
export function clopperPearsonInterval(
  successes: number,
  trials: number,
  level = LEVEL,
): Interval {
  requireProportion(successes, trials);
  const tail = (1 - level) / 2, failures = trials - successes;
  return {
    low: successes === 0 ? 0 : betaQuantile(tail, successes, failures + 1),
    high: failures === 0 ? 1 : betaQuantile(1 - tail, successes + 1, failures),
  };
}

function requireProportion(successes: number, trials: number): void {
  if (trials >= 1 && successes >= 0 && successes <= trials) return;
  throw new RangeError(
    `Cannot estimate a proportion: expected 0 ≤ successes ≤ trials and trials ≥ 1, found ${successes} of ${trials}`,
  );
}

/** Successes of a number of trials. */
export interface Proportion {
  readonly successes: number;
  readonly trials: number;
}

/**
 * The interval of the difference `b − a` of two independent proportions, of their Wilson intervals.
 *
 * @see R. G. Newcombe, "Interval estimation for the difference between independent proportions:
 *   comparison of eleven methods", Statistics in Medicine 17 (1998), 873–890, method 10
 */
export function newcombeInterval(a: Proportion, b: Proportion, level = LEVEL): Interval {
  const ofA = wilsonInterval(a.successes, a.trials, level), rateA = a.successes / a.trials;
  const ofB = wilsonInterval(b.successes, b.trials, level), rateB = b.successes / b.trials;
  const difference = rateB - rateA;
  return {
    low: difference - Math.hypot(rateB - ofB.low, ofA.high - rateA),
    high: difference + Math.hypot(ofB.high - rateB, rateA - ofA.low),
  };
}

/** Tables as likely as the one seen, but for rounding, count as such. */
const AS_LIKELY = 1 + 1e-7;

/**
 * The two-sided p of Fisher's exact test that two independent proportions are equal: of all tables
 * with the same margins, the probability of those that are no likelier than the one seen.
 *
 * @see R. A. Fisher, "Statistical methods for research workers" (1925), §21.02
 */
export function fisherExact(a: Proportion, b: Proportion): number {
  const successes = a.successes + b.successes;
  const least = Math.max(0, successes - b.trials), most = Math.min(a.trials, successes);
  const all = logChoose(a.trials + b.trials, successes);
  const probability = (ofA: number) =>
    Math.exp(logChoose(a.trials, ofA) + logChoose(b.trials, successes - ofA) - all);
  const seen = probability(a.successes) * AS_LIKELY;
  let sum = 0;
  for (let ofA = least; ofA <= most; ofA++) {
    const likely = probability(ofA);
    if (likely <= seen) sum += likely;
  }
  return Math.min(1, sum);
}

function logChoose(n: number, k: number): number {
  return logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1);
}
