import {
  type ComparedPair,
  compareVariants,
  type Comparison,
  meanOf,
  type Variant,
} from "./compare.ts";
import { clopperPearsonInterval, type Interval, wilsonInterval } from "./proportions.ts";
import { summarizeSample } from "./sample.ts";

/** Summary of one variant, beside the others. */
export interface VariantSummary {
  readonly name: string;
  /** Policies, one for each training seed. */
  readonly seeds: number;
  /** Episodes of all of them. */
  readonly episodes: number;
  readonly mean: number;
  /** Interval over episodes: Wilson's of a success rate, Student's of a mean; null for one value. */
  readonly interval: Interval | null;
  /** Clopper and Pearson's; null where values are no successes. */
  readonly exact: Interval | null;
  /** Spread over training seeds; null if there is but one. */
  readonly spread: { readonly std: number; readonly min: number; readonly max: number } | null;
}

/** Several variants, and the verdicts between them. */
export interface VerdictTable {
  readonly metric: string;
  readonly higherIsBetter: boolean;
  readonly paired: boolean;
  readonly alpha: number;
  readonly margin: number | null;
  readonly variants: readonly VariantSummary[];
  readonly pairs: readonly ComparedPair[];
}

/** Compares variants, and summarizes each. */
export function tabulate(
  metric: string,
  variants: readonly Variant[],
  comparison: Comparison,
): VerdictTable {
  const { higherIsBetter, paired, alpha, margin, binary } = comparison;
  return {
    metric,
    higherIsBetter,
    paired,
    alpha,
    margin,
    variants: variants.map((variant) => summarizeVariant(variant, binary)),
    pairs: compareVariants(variants, comparison),
  };
}

function summarizeVariant({ name, replicates }: Variant, binary: boolean): VariantSummary {
  const values = replicates.flatMap(({ values }) => Array.from(values));
  const { mean, count, interval } = summarizeSample(values);
  const successes = values.filter((value) => value > 0).length;
  const ofSeeds = replicates.map(({ values }) => meanOf(values));
  const { std, min, max } = summarizeSample(ofSeeds);
  return {
    name,
    seeds: replicates.length,
    episodes: count,
    mean,
    interval: binary ? wilsonInterval(successes, count) : interval,
    exact: binary ? clopperPearsonInterval(successes, count) : null,
    spread: replicates.length < 2 ? null : { std, min, max },
  };
}
