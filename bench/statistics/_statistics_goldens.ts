import {
  clopperPearsonInterval,
  compareMeans,
  type Estimate,
  estimateOverSeeds,
  exactMcNemar,
  fisherExact,
  holmAdjust,
  type Interval,
  minimalMeanDifference,
  minimalSuccessDifference,
  newcombeInterval,
  normalCdf,
  normalQuantile,
  pairedBootstrap,
  spentAlpha,
  studentCdf,
  studentQuantile,
  wilsonInterval,
} from "../../core/statistics/mod.ts";

/** What `tests/golden/statistics/make.py` writes. */
export interface StatisticsGoldens {
  readonly versions: Readonly<Record<string, string>>;
  readonly normal: readonly (readonly [x: number, cdf: number])[];
  readonly normal_quantile: readonly (readonly [probability: number, quantile: number])[];
  readonly student: readonly (readonly [t: number, degrees: number, cdf: number])[];
  readonly student_quantile: readonly (readonly [number, degrees: number, quantile: number])[];
  readonly wilson: readonly ProportionGolden[];
  readonly clopper_pearson: readonly ProportionGolden[];
  readonly mcnemar: readonly (readonly [gained: number, lost: number, p: number])[];
  readonly fisher: readonly (readonly [number, number, number, number, p: number])[];
  readonly newcombe: readonly (readonly [number, number, number, number, ...LevelInterval])[];
  readonly welch: EstimateGolden & { readonly samples: readonly (readonly number[])[] };
  readonly holm: { readonly p: readonly number[]; readonly adjusted: readonly number[] };
  readonly connor: readonly (readonly [episodes: number, number, success: number, number])[];
  readonly mean_power: readonly (readonly [episodes: number, alpha: number, number])[];
  readonly spent: readonly (readonly [time: number, alpha: number, spent: number])[];
  readonly paired_bootstrap: EstimateGolden & { readonly values: readonly number[] };
  readonly over_seeds: EstimateGolden & {
    readonly values: readonly (readonly number[])[];
  };
}

type LevelInterval = readonly [level: number, low: number, high: number];
type ProportionGolden = readonly [successes: number, trials: number, ...LevelInterval];

interface EstimateGolden {
  readonly p: number;
  readonly interval: readonly [low: number, high: number];
}

/** What the bootstraps of the golden values draw. */
const RANDOM = { seed: 3, stream: "golden" };

/** The largest difference of each function from its golden values, by its name. */
export function goldenDifferences(golden: StatisticsGoldens): Readonly<Record<string, number>> {
  return {
    ...ofDistributions(golden),
    ...ofProportions(golden),
    ...ofMeans(golden),
    ...ofDesigns(golden),
  };
}

function ofDistributions(golden: StatisticsGoldens) {
  return {
    normal: largest(golden.normal.map(([x, cdf]) => normalCdf(x) - cdf)),
    normalQuantile: largest(golden.normal_quantile.map(([p, x]) => normalQuantile(p) - x)),
    student: largest(golden.student.map(([t, n, cdf]) => studentCdf(t, n) - cdf)),
    // Those of one degree of freedom are large.
    studentQuantile: largest(
      golden.student_quantile.map(([p, n, t]) => studentQuantile(p, n) / t - 1),
    ),
  };
}

function ofProportions({ wilson, clopper_pearson, mcnemar, fisher, newcombe }: StatisticsGoldens) {
  return {
    wilson: largest(
      wilson.flatMap(([k, n, level, low, high]) => away(wilsonInterval(k, n, level), low, high)),
    ),
    clopperPearson: largest(
      clopper_pearson.flatMap(([k, n, level, low, high]) =>
        away(clopperPearsonInterval(k, n, level), low, high)
      ),
    ),
    mcnemar: largest(mcnemar.map(([gained, lost, p]) => exactMcNemar({ gained, lost }) - p)),
    fisher: largest(
      fisher.map(([k, n, l, m, p]) =>
        fisherExact({ successes: k, trials: n }, { successes: l, trials: m }) - p
      ),
    ),
    newcombe: largest(newcombe.flatMap(([k, n, l, m, level, ...interval]) => {
      const a = { successes: k, trials: n }, b = { successes: l, trials: m };
      return away(newcombeInterval(a, b, level), ...interval);
    })),
  };
}

function ofMeans({ welch, paired_bootstrap: paired, over_seeds: overSeeds }: StatisticsGoldens) {
  const [ofA = [], ofB = []] = welch.samples;
  const differ = ({ p, interval }: Estimate, golden: EstimateGolden) =>
    largest([p - golden.p, ...away(interval(0.95), ...golden.interval)]);
  return {
    welch: differ(compareMeans(ofA, ofB), welch),
    pairedBootstrap: differ(pairedBootstrap(paired.values, RANDOM), paired),
    overSeeds: differ(estimateOverSeeds(overSeeds.values), overSeeds),
  };
}

function ofDesigns({ holm, connor, mean_power, spent }: StatisticsGoldens) {
  return {
    holm: largest(holmAdjust(holm.p).map((p, i) => p - holm.adjusted[i]!)),
    connor: largest(
      connor.map(([episodes, alpha, success, difference]) =>
        minimalSuccessDifference({ episodes, alpha }, success)! - difference
      ),
    ),
    meanPower: largest(
      mean_power.map(([episodes, alpha, effect]) =>
        minimalMeanDifference({ episodes, alpha }) - effect
      ),
    ),
    spentAlpha: largest(spent.map(([time, alpha, share]) => spentAlpha(time, alpha) - share)),
  };
}

function away(interval: Interval | null, low: number, high: number): number[] {
  return interval === null ? [Infinity] : [interval.low - low, interval.high - high];
}

function largest(differences: readonly number[]): number {
  return differences.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}
