import { createRandom } from "../random.ts";
import type { Estimate } from "./estimate.ts";

/**
 * Bootstraps of a mean difference, studentized: each resample is measured in its own standard error,
 * and quantiles of that ratio take the place of Student's. Its symmetric intervals cover to second
 * order, and p is the level at which the interval just reaches 0.
 *
 * @see P. Hall, "On symmetric bootstrap confidence intervals", Journal of the Royal Statistical
 *   Society B 50 (1988), 35–45
 */

/** Random numbers of a bootstrap. */
export interface BootstrapRandom {
  /** Integer in [0, 2^53). */
  readonly seed: number;
  /** Purpose of its numbers. */
  readonly stream: string;
}

/** Resamples, of which one more makes whole parts of 2,000. */
const RESAMPLES = { least: 1_999, forPair: 200, most: 9_999 } as const;

/** Returns the number of resamples: p of many pairs is multiplied by their number. */
export function resamplesFor(pairs: number): number {
  const { least, forPair, most } = RESAMPLES;
  return Math.min(most, Math.max(least, forPair * pairs - 1));
}

/**
 * The bootstrap of the mean of paired differences.
 *
 * @param differences `[episodes]` `b − a`, finite
 */
export function pairedBootstrap(
  differences: ArrayLike<number>,
  { seed, stream }: BootstrapRandom,
  resamples: number = RESAMPLES.least,
): Estimate {
  const size = differences.length, own = meanWithError(differences, (i) => i);
  const ratios = Array.from({ length: resamples }, (_, resample) => {
    const random = createRandom(seed, stream, resample);
    const drawn = meanWithError(differences, () => random.integer(size));
    return ratioOf(drawn.mean - own.mean, drawn.error);
  });
  return studentized({ ...own, ratios, single: size < 2 });
}

/** A mean and its standard error. */
interface Mean {
  readonly mean: number;
  readonly error: number;
}

function meanWithError(values: ArrayLike<number>, at: (i: number) => number): Mean {
  const size = values.length;
  // Welford's update: sums of squares would cancel.
  let mean = 0, squares = 0;
  for (let i = 0; i < size; i++) {
    const value = values[at(i)]!, delta = value - mean;
    mean += delta / (i + 1);
    squares += delta * (value - mean);
  }
  return { mean, error: size < 2 ? 0 : Math.sqrt(squares / (size - 1) / size) };
}

/** A deviation in standard errors. Equal values have no error, and then any deviation is large. */
function ratioOf(deviation: number, error: number): number {
  const size = Math.abs(deviation);
  if (error > 0) return size / error;
  return size <= 1e-12 ? 0 : Infinity;
}

/** Result of a studentized bootstrap. */
interface StudentizedMean extends Mean {
  /** Deviations of resamples from the mean, each in its own standard errors, without sign. */
  readonly ratios: readonly number[];
  /** Whether one value is all there is, so that nothing tells its error. */
  readonly single: boolean;
}

/** The estimate of what a studentized bootstrap came to. */
function studentized({ mean, error, ratios, single }: StudentizedMean): Estimate {
  const sorted = ratios.toSorted((x, y) => x - y);
  const own = ratioOf(mean, error);
  const beyond = sorted.length - firstAtLeast(sorted, own);
  return {
    difference: mean,
    p: single || mean === 0 ? 1 : (1 + beyond) / (1 + sorted.length),
    method: "paired bootstrap",
    interval(level) {
      if (single) return null;
      const rank = Math.min(sorted.length, Math.ceil(level * (sorted.length + 1)));
      const quantile = sorted[rank - 1]!;
      // Without any spread there is nothing that a quantile could widen.
      const halfWidth = error === 0 ? 0 : quantile * error;
      return { low: mean - halfWidth, high: mean + halfWidth };
    },
  };
}

/** Index of the first of some ascending numbers that is at least a value. */
function firstAtLeast(sorted: readonly number[], value: number): number {
  let low = 0, high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
