import { type BootstrapRandom, pairedBootstrap, resamplesFor } from "./bootstrap.ts";
import type { Estimate } from "./estimate.ts";
import { estimateOverSeeds } from "./hierarchical.ts";
import { holmAdjust } from "./holm.ts";
import { comparePairedSuccess } from "./paired.ts";
import { compareMeans, compareSuccessRates } from "./unpaired.ts";
import { judge, type Judgement, type Verdict } from "./verdict.ts";

/** Variants, what each of their episodes came to, and the verdicts between them. */

/** One variant: a policy, or several of different training seeds. */
export interface Variant {
  readonly name: string;
  /** One for each training seed. */
  readonly replicates: readonly Replicate[];
}

/** The episodes of one trained policy. */
export interface Replicate {
  /**
   * Label that tells it from the others of its variant, e.g. `seed=2`; empty if it is the only one.
   */
  readonly label: string;
  /** Values of the episodes, in the order of their starts; success is 0 or 1. */
  readonly values: ArrayLike<number>;
}

/** Options for comparing variants. */
export interface Comparison extends Judgement {
  /** Whether episode i of one is episode i of all. */
  readonly paired: boolean;
  /** Whether values are successes. */
  readonly binary: boolean;
  /** Name of the variant that all others are compared with; null: each with each. */
  readonly baseline: string | null;
  /** Random numbers of bootstraps. */
  readonly random: BootstrapRandom;
}

/** Result of the comparison of two variants. */
export interface ComparedPair {
  readonly a: string;
  readonly b: string;
  /** Mean of `b` − mean of `a`. */
  readonly difference: number;
  /** Interval at 1 − alpha; null where there is but one value. */
  readonly low: number | null;
  readonly high: number | null;
  /** Adjusted for the number of pairs. */
  readonly p: number;
  readonly method: string;
  readonly verdict: Verdict;
}

/** Every pair that is asked for, with its verdict, p adjusted by Holm. */
export function compareVariants(
  variants: readonly Variant[],
  comparison: Comparison,
): readonly ComparedPair[] {
  const pairs = pairsOf(variants.map(({ name }) => name), comparison.baseline);
  const byName = new Map(variants.map((variant) => [variant.name, variant]));
  const estimates = pairs.map(([a, b]) =>
    estimateDifference(byName.get(a)!, byName.get(b)!, {
      ...comparison,
      resamples: resamplesFor(pairs.length),
    })
  );
  const adjusted = holmAdjust(estimates.map(({ p }) => p));
  return pairs.map(([a, b], i) => {
    const estimate = estimates[i]!, p = adjusted[i]!;
    const interval = estimate.interval(1 - comparison.alpha);
    return {
      a,
      b,
      difference: estimate.difference,
      low: interval?.low ?? null,
      high: interval?.high ?? null,
      p,
      method: estimate.method,
      verdict: judge(estimate, p, comparison),
    };
  });
}

/** Names of the pairs that are compared, the baseline, or what comes first, before the other. */
export function pairsOf(
  names: readonly string[],
  baseline: string | null,
): readonly (readonly [a: string, b: string])[] {
  if (baseline !== null) {
    return names.filter((name) => name !== baseline).map((name) => [baseline, name] as const);
  }
  return names.flatMap((a, i) => names.slice(i + 1).map((b) => [a, b] as const));
}

function estimateDifference(
  a: Variant,
  b: Variant,
  { paired, binary, random, resamples }: Pick<Comparison, "paired" | "binary" | "random"> & {
    readonly resamples: number;
  },
): Estimate {
  const stream = `${random.stream}/${a.name}/${b.name}`;
  if (!paired) return estimateUnpaired(a, b, binary);
  const rows = commonReplicates(a, b);
  const [first] = rows;
  if (first === undefined) {
    throw new RangeError(
      `Cannot compare "${a.name}" with "${b.name}": expected training seeds that both have, found ` +
        "none: train both with the same seeds, or set paired: false",
    );
  }
  const only = rows.every((row) => differencesOf(row).length === 1);
  if (only) return pairedBootstrap(rows.flatMap(differencesOf), { ...random, stream }, resamples);
  if (rows.length > 1) return estimateOverSeeds(rows.map(differencesOf));
  if (binary) {
    const episodes = differencesOf(first).length;
    const common = ({ values }: Replicate) => Array.from(values).slice(0, episodes);
    return comparePairedSuccess(common(first.a), common(first.b));
  }
  return pairedBootstrap(differencesOf(first), { ...random, stream }, resamples);
}

interface CommonReplicate {
  readonly a: Replicate;
  readonly b: Replicate;
}

/** Replicates of the same training seed; the only ones of both belong together, whatever they are. */
function commonReplicates(a: Variant, b: Variant): readonly CommonReplicate[] {
  const [onlyA] = a.replicates, [onlyB] = b.replicates;
  if (a.replicates.length === 1 && b.replicates.length === 1) return [{ a: onlyA!, b: onlyB! }];
  return a.replicates.flatMap((ofA) => {
    const ofB = b.replicates.find(({ label }) => label === ofA.label);
    return ofB === undefined ? [] : [{ a: ofA, b: ofB }];
  });
}

function differencesOf({ a, b }: CommonReplicate): number[] {
  const episodes = Math.min(a.values.length, b.values.length);
  return Array.from({ length: episodes }, (_, i) => b.values[i]! - a.values[i]!);
}

/** Compares independent samples. Each training seed counts once: its episodes only look like more. */
function estimateUnpaired(a: Variant, b: Variant, binary: boolean): Estimate {
  const single = a.replicates.length === 1 && b.replicates.length === 1;
  const samples = [a, b].map(({ replicates }) =>
    single ? Array.from(replicates[0]!.values) : replicates.map(({ values }) => meanOf(values))
  );
  const [ofA = [], ofB = []] = samples;
  if (!single || !binary) return compareMeans(ofA, ofB);
  return compareSuccessRates(countSuccesses(ofA), countSuccesses(ofB));
}

function countSuccesses(values: readonly number[]) {
  return { successes: values.filter((value) => value > 0).length, trials: values.length };
}

/** The mean of some numbers. */
export function meanOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
}
