import { bisect, normalCdf, normalQuantile } from "./distributions.ts";

/** Computes the difference that a design could detect, stated before it runs. */

/** Design of a question. */
export interface Design {
  /** Common episodes of two policies. */
  readonly episodes: number;
  /** Two-sided error that is accepted, e.g. 0.05, already divided among several questions. */
  readonly alpha: number;
  /** How often a difference of that size is to be seen. @default {0.8} */
  readonly power?: number;
}

/**
 * The least difference of success rates that McNemar's test sees with the given power, where the two
 * policies succeed independently of each other: what they share only makes smaller ones visible.
 *
 * @param success Rate of the better policy, in (0, 1]
 * @returns In (0, success]; null where not even `success` would be seen
 * @see R. J. Connor, "Sample size for testing differences in proportions for the paired-sample
 *   design", Biometrics 43 (1987), 207–211
 */
export function minimalSuccessDifference(
  { episodes, alpha, power = 0.8 }: Design,
  success: number,
): number | null {
  const ofAlpha = normalQuantile(1 - alpha / 2), ofPower = normalQuantile(power);
  const excess = (difference: number) => {
    const worse = success - difference;
    const discordant = success * (1 - worse) + worse * (1 - success);
    const rest = Math.max(0, discordant - difference ** 2);
    const needed = (ofAlpha * Math.sqrt(discordant) + ofPower * Math.sqrt(rest)) ** 2 /
      difference ** 2;
    return episodes - needed;
  };
  return excess(success) < 0 ? null : bisect(excess, 0, success);
}

/**
 * The least mean of paired differences that is seen with the given power, in their standard deviations.
 *
 * @see J. Cohen, "Statistical power analysis for the behavioral sciences" (2nd ed., 1988), chapter 2;
 *   with the normal distribution in place of t
 */
export function minimalMeanDifference({ episodes, alpha, power = 0.8 }: Design): number {
  const ofAlpha = normalQuantile(1 - alpha / 2);
  const missed = (shift: number) => normalCdf(ofAlpha - shift) - normalCdf(-ofAlpha - shift);
  return bisect((shift) => 1 - missed(shift) - power, 0, 40) / Math.sqrt(episodes);
}
