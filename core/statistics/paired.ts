import { binomialCdf, normalQuantile } from "./distributions.ts";
import type { Estimate } from "./estimate.ts";
import type { Interval } from "./proportions.ts";

/** Two policies on the same episodes, each of which either succeeded or not. */

/** Numbers of pairs in which only one of both succeeded. */
export interface Discordance {
  /** Episodes in which `b` alone succeeded. */
  readonly gained: number;
  /** Episodes in which `a` alone succeeded. */
  readonly lost: number;
  /** All episodes. */
  readonly episodes: number;
}

/**
 * The two-sided p of the exact test of McNemar: that a discordant episode favours either alike.
 *
 * @see Q. McNemar, "Note on the sampling error of the difference between correlated proportions or
 *   percentages", Psychometrika 12 (1947), 153–157
 */
export function exactMcNemar({ gained, lost }: Pick<Discordance, "gained" | "lost">): number {
  return Math.min(1, 2 * binomialCdf(Math.min(gained, lost), gained + lost, 0.5));
}

/**
 * The interval of the difference of two paired proportions: Wald's, with one episode added to each
 * discordant count.
 *
 * @see D. G. Bonett and R. M. Price, "Adjusted Wald confidence interval for a difference of binomial
 *   proportions based on paired data", Journal of Educational and Behavioral Statistics 37 (2012),
 *   479–488
 */
export function pairedProportionInterval(
  { gained, lost, episodes }: Discordance,
  level: number,
): Interval {
  const up = (gained + 1) / (episodes + 2), down = (lost + 1) / (episodes + 2);
  const halfWidth = normalQuantile((1 + level) / 2) *
    Math.sqrt((up + down - (up - down) ** 2) / (episodes + 2));
  return {
    low: Math.max(-1, up - down - halfWidth),
    high: Math.min(1, up - down + halfWidth),
  };
}

/**
 * Compares successes on common episodes.
 *
 * @param a `[episodes]`, 0 or 1
 * @param b `[episodes]`, 0 or 1, of the same episodes
 */
export function comparePairedSuccess(a: ArrayLike<number>, b: ArrayLike<number>): Estimate {
  let gained = 0, lost = 0;
  const episodes = a.length;
  for (let i = 0; i < episodes; i++) {
    if (b[i]! > a[i]!) gained++;
    if (b[i]! < a[i]!) lost++;
  }
  return {
    difference: (gained - lost) / episodes,
    p: exactMcNemar({ gained, lost }),
    method: "exact McNemar",
    interval: (level) => pairedProportionInterval({ gained, lost, episodes }, level),
  };
}
