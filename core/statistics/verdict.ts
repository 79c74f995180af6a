import type { Estimate } from "./estimate.ts";
import { LEVEL } from "./proportions.ts";

/** Verdicts of a comparison about `b` relative to `a`. */
export const VERDICTS = ["better", "worse", "equivalent", "no evidence"] as const;

/** One of {@linkcode VERDICTS}. */
export type Verdict = typeof VERDICTS[number];

/** Phrases for the verdicts about `b`, between its name and that of `a`. */
export const VERDICT_PHRASES: Readonly<Record<Verdict, string>> = {
  better: "is better than",
  worse: "is worse than",
  equivalent: "is equivalent to",
  "no evidence": "shows no evidence of a difference from",
};

/** Standards by which a difference is judged. */
export interface Judgement {
  /** Two-sided error that is accepted, e.g. 0.05. */
  readonly alpha: number;
  /** Differences up to this size do not matter; null where every one does. */
  readonly margin: number | null;
  /** Whether larger values are better. */
  readonly higherIsBetter: boolean;
}

/**
 * The verdict on a difference: `equivalent` where its interval lies within the margin (two one-sided
 * tests), else `better` or `worse` where its p allows it.
 *
 * @param adjustedP Raised for what else was asked
 * @see D. J. Schuirmann, "A comparison of the two one-sided tests procedure and the power approach for
 *   assessing the equivalence of average bioavailability", Journal of Pharmacokinetics and
 *   Biopharmaceutics 15 (1987), 657–680
 */
export function judge(
  estimate: Estimate,
  adjustedP: number,
  { alpha, margin, higherIsBetter }: Judgement,
): Verdict {
  const narrow = margin === null ? null : estimate.interval(1 - 2 * alpha);
  if (narrow !== null && margin !== null && narrow.low > -margin && narrow.high < margin) {
    return "equivalent";
  }
  if (adjustedP > alpha || estimate.difference === 0) return "no evidence";
  return estimate.difference > 0 === higherIsBetter ? "better" : "worse";
}

/** The error that is accepted where none is named. */
export const ALPHA = 1 - LEVEL;
