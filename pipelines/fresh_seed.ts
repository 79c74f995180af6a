import { createRandom } from "../core/random.ts";

/**
 * The seed of one night of a schedule that wants new data: a pure function of the declaration's
 * seed and the nominal date, so that a night made up for later draws the same numbers.
 *
 * @param seed The declaration's, an integer in [0, 2^53)
 * @param date `YYYY-MM-DD` in the time zone of the schedule
 * @returns An integer in [0, 2^53)
 */
export function freshSeed(seed: number, date: string): number {
  const index = Number(date.replaceAll("-", ""));
  return createRandom(seed, "schedule/fresh", index).uniform() * 2 ** 53; // uniform() has 53 bits
}
