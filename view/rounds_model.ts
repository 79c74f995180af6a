/** Results of the rounds of one variant. */
export interface RoundsReport {
  /** Factors beside the round, `[seed=1]`; empty where there are none. */
  readonly variant: string;
  /** The round whose policy was kept, null where none was chosen. */
  readonly kept: number | null;
  readonly rounds: readonly RoundReport[];
}

/** One round. */
export interface RoundReport {
  readonly round: number;
  /** Episodes and steps of the dataset that was trained on; null if it is not there. */
  readonly episodes: number | null;
  readonly steps: number | null;
  /** States at which an expert was asked so far, null where none was. */
  readonly labelledSteps: number | null;
  readonly success: readonly RoundSuccess[];
}

/** Successes of a round's policy in one evaluation, under one condition. */
export interface RoundSuccess {
  /** The evaluation, and its condition where that is not plain. */
  readonly name: string;
  readonly episodes: number;
  readonly successes: number;
}
