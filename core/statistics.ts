/** Interval estimates and histograms, shared by metrics and reports. */

/** A closed range of numbers. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** The 97.5 % quantile of the standard normal distribution: two-sided 95 %. */
const NORMAL_QUANTILE_95 = 1.959963984540054;

/**
 * The 95 % Wilson score interval of a proportion: unlike the normal approximation it stays within
 * [0, 1] and has a width at 0 and at `trials` successes.
 *
 * @param successes Integer in [0, trials]
 * @param trials Integer, at least 1
 * @throws {RangeError} If there are no trials, or not between 0 and `trials` successes
 * @see E. B. Wilson, "Probable inference, the law of succession, and statistical inference",
 *   JASA 22 (1927), 209–212
 */
export function wilsonInterval(successes: number, trials: number): Interval {
  if (!(trials >= 1 && successes >= 0 && successes <= trials)) {
    throw new RangeError(
      `Cannot estimate a proportion: expected 0 ≤ successes ≤ trials and trials ≥ 1, found ${successes} of ${trials}`,
    );
  }
  const z2 = NORMAL_QUANTILE_95 ** 2;
  const proportion = successes / trials;
  const centre = (proportion + z2 / (2 * trials)) / (1 + z2 / trials);
  const halfWidth = NORMAL_QUANTILE_95 / (1 + z2 / trials) *
    Math.sqrt(proportion * (1 - proportion) / trials + z2 / (4 * trials * trials));
  // At the ends the formula gives the bound itself but for a rounding error.
  return {
    low: successes === 0 ? 0 : Math.max(0, centre - halfWidth),
    high: successes === trials ? 1 : Math.min(1, centre + halfWidth),
  };
}

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
  const halfWidth = studentQuantile95(count - 1) * std / Math.sqrt(count);
  return {
    count,
    mean,
    std,
    min,
    max,
    interval: { low: mean - halfWidth, high: mean + halfWidth },
  };
}

/**
 * Quantiles (97.5 %) of Student's t with 1, 2 ... 4 degrees of freedom, where the expansion below
 * is too inaccurate.
 */
const STUDENT_QUANTILES_95 = [12.706204736, 4.302652730, 3.182446305, 2.776445105];

/**
 * The 97.5 % quantile of Student's t distribution, within 1e-3.
 *
 * @param degrees Degrees of freedom, at least 1
 * @see Abramowitz & Stegun, "Handbook of Mathematical Functions" (1964), 26.7.5
 */
export function studentQuantile95(degrees: number): number {
  const exact = STUDENT_QUANTILES_95[degrees - 1];
  if (exact !== undefined) return exact;
  const x = NORMAL_QUANTILE_95;
  const g1 = (x ** 3 + x) / 4;
  const g2 = (5 * x ** 5 + 16 * x ** 3 + 3 * x) / 96;
  const g3 = (3 * x ** 7 + 19 * x ** 5 + 17 * x ** 3 - 15 * x) / 384;
  const g4 = (79 * x ** 9 + 776 * x ** 7 + 1482 * x ** 5 - 1920 * x ** 3 - 945 * x) / 92160;
  return x + g1 / degrees + g2 / degrees ** 2 + g3 / degrees ** 3 + g4 / degrees ** 4;
}

/** Counts of one quantity, for several groups over the same bins. */
export interface Histogram {
  /** Name of the quantity, e.g. "episode length". */
  readonly name: string;
  /** Unit of the edges, null if the quantity has none. */
  readonly unit: string | null;
  /** `[bins + 1]`, ascending; the last bin includes its upper edge. */
  readonly edges: readonly number[];
  /** One per group that has values, `counts` `[bins]`. */
  readonly groups: readonly { readonly name: string; readonly counts: readonly number[] }[];
}

/** Bins that still read well in a chart half a page wide. */
const MAX_BINS = 40;

/**
 * Histogram of the finite values of some groups. The width of a bin is 1, 2 or 5 times a power of
 * ten, so that edges are round numbers, and at least 1 if every value is an integer.
 *
 * @param groups Values by name of the group; groups without values are left out
 * @returns Null if there are no finite values
 */
export function createHistogram(
  name: string,
  unit: string | null,
  groups: Readonly<Record<string, ArrayLike<number>>>,
): Histogram | null {
  let low = Infinity, high = -Infinity, integers = true;
  for (const values of Object.values(groups)) {
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!;
      if (!Number.isFinite(value)) continue;
      low = Math.min(low, value);
      high = Math.max(high, value);
      integers &&= Number.isInteger(value);
    }
  }
  if (low > high) return null;
  const width = Math.max(roundStep((high - low) / MAX_BINS), integers ? 1 : 0);
  const first = Math.floor(low / width);
  const bins = Math.max(1, Math.floor(high / width) - first + 1);
  const edges = Array.from({ length: bins + 1 }, (_, bin) => roundTo(width * (first + bin), width));
  const counted = Object.entries(groups).map(([group, values]) => {
    const counts = new Array<number>(bins).fill(0);
    for (let i = 0; i < values.length; i++) {
      if (!Number.isFinite(values[i]!)) continue;
      const bin = Math.min(bins - 1, Math.max(0, Math.floor(values[i]! / width) - first));
      counts[bin] = counts[bin]! + 1;
    }
    return { name: group, counts };
  }).filter(({ counts }) => counts.some((count) => count > 0));
  return { name, unit, edges, groups: counted };
}

/** The least of 1, 2 and 5 times a power of ten that is not below a width; 1 for a width of 0. */
function roundStep(width: number): number {
  if (!(width > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(width));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= width) ?? 10 * power;
}

/** A multiple of a step without the noise of binary fractions (0.30000000000000004). */
function roundTo(value: number, step: number): number {
  const digits = Math.max(0, 1 - Math.floor(Math.log10(step)));
  return Number(value.toFixed(Math.min(100, digits)));
}
