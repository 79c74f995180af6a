import { studentCdf, studentQuantile } from "./distributions.ts";
import type { Estimate } from "./estimate.ts";
import { fisherExact, LEVEL, newcombeInterval, type Proportion } from "./proportions.ts";
import { summarizeSample } from "./sample.ts";

/** Two policies on episodes that they do not share. */

/** Compares the success rates of two independent samples. */
export function compareSuccessRates(a: Proportion, b: Proportion): Estimate {
  return {
    difference: b.successes / b.trials - a.successes / a.trials,
    p: fisherExact(a, b),
    method: "Fisher's exact",
    interval: (level = LEVEL) => newcombeInterval(a, b, level),
  };
}

/**
 * Compares the means of two independent samples by Welch's t.
 *
 * @param a Finite numbers, at least one
 * @param b Finite numbers, at least one
 * @see B. L. Welch, "The generalization of 'Student's' problem when several different population
 *   variances are involved", Biometrika 34 (1947), 28–35
 */
export function compareMeans(a: ArrayLike<number>, b: ArrayLike<number>): Estimate {
  const ofA = summarizeSample(a), ofB = summarizeSample(b);
  const difference = ofB.mean - ofA.mean, method = "Welch's t";
  const single = ofA.count < 2 || ofB.count < 2;
  const varianceA = ofA.std ** 2 / ofA.count, varianceB = ofB.std ** 2 / ofB.count;
  const error = Math.sqrt(varianceA + varianceB);
  if (single || error === 0) {
    const p = single || difference === 0 ? 1 : 0;
    const interval = () => single ? null : { low: difference, high: difference };
    return { difference, p, method, interval };
  }
  const degrees = (varianceA + varianceB) ** 2 /
    (varianceA ** 2 / (ofA.count - 1) + varianceB ** 2 / (ofB.count - 1));
  return {
    difference,
    p: 2 * studentCdf(-Math.abs(difference) / error, degrees),
    method,
    interval(level) {
      const halfWidth = studentQuantile((1 + level) / 2, degrees) * error;
      return { low: difference - halfWidth, high: difference + halfWidth };
    },
  };
}
