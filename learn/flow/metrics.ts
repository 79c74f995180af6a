import { pairsApart } from "./pairs.ts";
import { laterState, type Trajectories } from "./trajectories.ts";

/** Measures of a predicted density against what came. All are pure functions. */

/**
 * The entropy of independent normal noise, in nats: what the negative log likelihood of noisy
 * targets cannot fall below, on average.
 *
 * @param noise Standard deviations, positive
 */
export function noiseBound(noise: ArrayLike<number>): number {
  return Array.from(noise).reduce(
    (sum, sigma) => sum + 0.5 * Math.log(2 * Math.PI * Math.E * sigma ** 2),
    0,
  );
}

/** Median, of the lower and upper middle where their number is even; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b), middle = sorted.length >> 1;
  if (sorted.length === 0) return NaN;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Arithmetic mean; NaN of none. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/**
 * Fraction of values in the central interval of their predicted distribution.
 *
 * @param ranks Fraction of samples below each value, in [0, 1]
 * @param level Nominal coverage, in (0, 1)
 */
export function coverage(ranks: readonly number[], level: number): number {
  return mean(ranks.map((rank) => Math.abs(rank - 0.5) <= level / 2 ? 1 : 0));
}

/** The coverage furthest from nominal; NaN of none. */
export function worstCoverage(coverages: readonly number[], level: number): number {
  return coverages.reduce(
    (worst, value) => Math.abs(value - level) > Math.abs(worst - level) ? value : worst,
    coverages[0] ?? NaN,
  );
}

/**
 * A Gaussian about the present state with one diagonal variance per interval, the reference of
 * every likelihood: `[maxSteps + 1][width]` standard deviations, fitted on all transitions of some
 * trajectories plus the declared noise. Intervals that no episode has are empty.
 */
export function fitGaussianReference(
  trajectories: Trajectories,
  maxSteps: number,
  noise: Float32Array,
): readonly Float64Array[] {
  const { width, states } = trajectories, later = new Float32Array(width);
  return Array.from({ length: maxSteps + 1 }, (_, steps) => {
    if (steps === 0) return new Float64Array(0);
    const { length, from: rows } = pairsApart(trajectories, steps);
    if (length === 0) return new Float64Array(0);
    const squares = new Float64Array(width);
    for (const from of rows) {
      laterState(trajectories, from, from + steps, later);
      for (let j = 0; j < width; j++) squares[j]! += (later[j]! - states[from * width + j]!) ** 2;
    }
    return squares.map((sum, j) => Math.sqrt(sum / length + noise[j]! ** 2));
  });
}

/** −ln N(way; 0, deviations²), in nats. */
export function gaussianNll(way: ArrayLike<number>, deviations: ArrayLike<number>): number {
  return Array.from(way).reduce((sum, value, j) => {
    const sigma = deviations[j]!;
    return sum + 0.5 * (value / sigma) ** 2 + Math.log(sigma) + 0.5 * Math.log(2 * Math.PI);
  }, 0);
}
