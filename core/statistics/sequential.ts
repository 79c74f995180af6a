import { normalCdf, normalQuantile } from "./distributions.ts";

/**
 * Looking at results more than once. The looks are fixed beforehand; look k of K spends a part of the
 * accepted error, O'Brien and Fleming's share by the spending function of Lan and DeMets:
 *
 *     spent(t) = 2 − 2 Φ(z / √t), t = k/K, Φ(z) = 1 − alpha/2
 *
 * and its test and its interval are at the error that it adds. Those errors add up to `alpha`, so by
 * the union bound no stop, whatever it looks at, raises the chance of a false alarm above it, nor
 * lowers that of all intervals together below 1 − alpha. The boundaries of Lan and DeMets are a little
 * closer, but only for sums that are normal and independent; this one holds for every exact test.
 *
 * @see K. K. G. Lan and D. L. DeMets, "Discrete sequential boundaries for clinical trials", Biometrika
 *   70 (1983), 659–663
 * @see P. C. O'Brien and T. R. Fleming, "A multiple testing procedure for clinical trials", Biometrics
 *   35 (1979), 549–556
 */

/** The error that is spent after a look, in [0, alpha]. @param time Share of the looks, in (0, 1] */
export function spentAlpha(time: number, alpha: number): number {
  return 2 * normalCdf(normalQuantile(alpha / 2) / Math.sqrt(time));
}

/**
 * The error at which one look tests.
 *
 * @param look From 1
 * @param looks All that there will be
 */
export function alphaOfLook(look: number, looks: number, alpha: number): number {
  const before = look === 1 ? 0 : spentAlpha((look - 1) / looks, alpha);
  return spentAlpha(look / looks, alpha) - before;
}
