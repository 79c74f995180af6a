import type { Interval } from "./proportions.ts";

/** A difference with its uncertainty, however it was found. */
export interface Estimate {
  /** Mean of `b` − mean of `a`. */
  readonly difference: number;
  /** Two-sided, that there is no difference, in [0, 1]. */
  readonly p: number;
  /** Method by which p and the interval were computed, in words. */
  readonly method: string;
  /**
   * The interval of the difference; null where one value is all there is.
   *
   * @param level Coverage, in (0, 1)
   */
  interval(level: number): Interval | null;
}
