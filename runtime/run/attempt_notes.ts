/** An activity that failed and is tried again. */
export interface FailedAttempt {
  readonly stage: string;
  /** Tells it apart within its stage. */
  readonly activity: string;
  /** Number of the failed attempt, from 1. */
  readonly attempt: number;
  readonly message: string;
}

/** Tells of each failed attempt once. */
export class AttemptNotes {
  readonly #told = new Map<string, number>();

  /** Returns a note for each attempt that was not reported before. */
  next(failed: readonly FailedAttempt[]): readonly string[] {
    return failed.flatMap(({ stage, activity, attempt, message }) => {
      const name = `${stage} ${activity}`, told = this.#told.get(name) ?? 0;
      if (attempt <= told) return [];
      this.#told.set(name, attempt);
      const made = attempt === told + 1
        ? `attempt ${attempt} failed, retrying`
        : `attempts ${told + 1} to ${attempt} failed, retrying`;
      return [`${stage}: ${made}: ${message}`];
    });
  }
}
