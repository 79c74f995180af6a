/**
 * Consecutive failures after which there is no further attempt: their waits add up to half a
 * minute.
 */
const MOST_FAILURES = 8;

/** An attempt that fails sooner has not gone on, whatever it counts, in seconds. */
const GOOD_WHILE = 60;

/** Extent of an attempt before it failed. */
export interface AttemptLength {
  /** Progress that it reached, in the activity's own unit. */
  readonly reached: number;
  readonly seconds: number;
  /** Failures in a row after which another attempt is not made; eight where absent. */
  readonly most?: number;
}

/** Attempts that failed, of the activities of one worker. */
export class FailedAttempts {
  readonly #seen = new Map<string, { failures: number; reached: number }>();

  /**
   * Notes a failure.
   *
   * @returns Whether it was the last that is allowed: none of those before came further
   */
  isLast(activity: string, { reached, seconds, most = MOST_FAILURES }: AttemptLength): boolean {
    const before = this.#seen.get(activity);
    const goesOn = before === undefined || (reached > before.reached && seconds > GOOD_WHILE);
    const failures = goesOn ? 1 : before.failures + 1;
    this.#seen.set(activity, { failures, reached: Math.max(reached, before?.reached ?? 0) });
    if (failures < most) return false;
    this.#seen.delete(activity);
    return true;
  }

  /** Forgets the failures of an activity that has ended. */
  forget(activity: string): void {
    this.#seen.delete(activity);
  }
}
