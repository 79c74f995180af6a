/** Statistics: intervals, tests of differences, what a design could see, and histograms. */

export { type BootstrapRandom, pairedBootstrap } from "./bootstrap.ts";
export {
  type ComparedPair,
  compareVariants,
  type Comparison,
  meanOf,
  pairsOf,
  type Replicate,
  type Variant,
} from "./compare.ts";
export { normalCdf, normalQuantile, studentCdf, studentQuantile } from "./distributions.ts";
export type { Estimate } from "./estimate.ts";
export { estimateOverSeeds, type SeedDifferences } from "./hierarchical.ts";
export { createHistogram, type Histogram } from "./histogram.ts";
export { holmAdjust } from "./holm.ts";
export {
  comparePairedSuccess,
  type Discordance,
  exactMcNemar,
  pairedProportionInterval,
} from "./paired.ts";
export { type Design, minimalMeanDifference, minimalSuccessDifference } from "./power.ts";
export {
  clopperPearsonInterval,
  fisherExact,
  type Interval,
  LEVEL,
  newcombeInterval,
  type Proportion,
  wilsonInterval,
} from "./proportions.ts";
export { type SampleSummary, summarizeSample } from "./sample.ts";
export { alphaOfLook, spentAlpha } from "./sequential.ts";
export { tabulate, type VariantSummary, type VerdictTable } from "./table.ts";
export { compareMeans, compareSuccessRates } from "./unpaired.ts";
export {
  ALPHA,
  judge,
  type Judgement,
  type Verdict,
  VERDICT_PHRASES,
  VERDICTS,
} from "./verdict.ts";
