import { studentQuantile } from "./distributions.ts";
import type { Interval } from "./proportions.ts";

/** Size, mean, deviation and bounds of a sample. */
export interface SampleSummary {
  readonly count: number;
  readonly mean: number;
  /** Sample standard deviation (divisor n − 1); 0 for a single value. */
  readonly std: number;
  readonly min: number;
  readonly max: number;
  /** Interval of the mean with 95 % confidence (Student's t); null for a single value. */
  readonly interval: Interval | null;
}

/**
 * Summary of a sample.
 *
 * @param values At least one finite number
 * @throws {RangeError} If the sample is empty
 */
export function summarizeSample(values: ArrayLike<number>): SampleSummary {
  const count = values.length;
  if (count === 0) throw new RangeError("Cannot summarize a sample: expected values, found none");
  let sum = 0, min = Infinity, max = -Infinity;
  for (let i = 0; i < count; i++) {
    const value = values[i]!;
    sum += value;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  const mean = sum / count;
  if (count === 1) return { count, mean, std: 0, min, max, interval: null };
  let squares = 0;
  for (let i = 0; i < count; i++) squares += (values[i]! - mean) ** 2;
  const std = Math.sqrt(squares / (count - 1));
  const halfWidth = studentQuantile(0.975, count - 1) * std / Math.sqrt(count);
  return {
    count,
    mean,
    std,
    min,
    max,
    interval: { low: mean - halfWidth, high: mean + halfWidth },
  };
}
