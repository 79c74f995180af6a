import { monotonicMs } from "../core/monotonic.ts";
import { setImmediate } from "node:timers";
import type { EpisodeSource, SavedPolicy, Split } from "../core/episode.ts";
import type { MetricsRow } from "./training/training_state.ts";

/** Scoring of a model that predicts and is not a policy. */
export interface Scoring {
  /** Roles that further models may have, e.g. `base`, with which the scored one is compared. */
  readonly roles: readonly string[];
  /**
   * Measures predictions on episodes.
   *
   * @throws {InvalidInputError} If the split is empty or a model does not fit the dataset
   * @throws The signal's reason, if it is aborted
   */
  score(trained: SavedPolicy, source: EpisodeSource, options: ScoreOptions): Promise<Score>;
}

/** Result of a training. */
export interface TrainedModel {
  readonly policy: SavedPolicy;
  readonly metrics: readonly MetricsRow[];
}

export interface ScoreOptions {
  readonly split: Split;
  readonly seed: number;
  readonly stream: string;
  /** Samples of each predicted density, at least 1,024 for intervals that are not biased. */
  readonly samples: number;
  /** Transitions of each kind whose density is sampled, evenly spaced over all. */
  readonly transitions: number;
  /** Further models by role. */
  readonly compare?: Readonly<Record<string, TrainedModel>>;
  readonly onProgress?: (progress: ScoreProgress) => void;
  readonly signal?: AbortSignal;
}

/** Progress of a score. */
export interface ScoreProgress {
  /** Samples drawn and densities computed. */
  readonly predictions: number;
  readonly total: number;
}

/** Result of a score. */
export interface Score {
  /** Episodes of the split. */
  readonly episodes: number;
  /** Metrics by name; they depend only on models, dataset and options. */
  readonly metrics: Readonly<Record<string, number>>;
  /** Speeds by name, `..._per_second`; they are measured, and never part of a digest. */
  readonly speeds: Readonly<Record<string, number>>;
  /** Figures for a report. */
  readonly figures: ScoreFigures;
}

/** Data that a report draws of a score, as JSON. */
export interface ScoreFigures {
  readonly reliability: readonly ReliabilityCurve[];
  readonly fans: readonly Fan[];
}

/** Observed coverage of the central intervals of a predicted distribution. */
export interface ReliabilityCurve {
  /** Kind of transition, e.g. `one step`. */
  readonly group: string;
  /** Component of the state. */
  readonly name: string;
  /** Nominal coverages, in (0, 1). */
  readonly levels: readonly number[];
  /** Fraction of what came, in [0, 1]. */
  readonly coverage: readonly number[];
}

/** Predicted futures of one component of the state over what came, in one episode. */
export interface Fan {
  /** Number within the split. */
  readonly episode: number;
  readonly name: string;
  readonly unit: string | null;
  /** Seconds between two control steps. */
  readonly stepSeconds: number;
  /** `[T + 1]` what came, from the start of the episode. */
  readonly actual: readonly number[];
  readonly futures: readonly Future[];
}

/** Prediction from one state, for each of the following steps. */
export interface Future {
  /** Control step of that state. */
  readonly start: number;
  readonly median: readonly number[];
  /** Central intervals, the widest first. */
  readonly bands: readonly FutureBand[];
}

export interface FutureBand {
  /** Nominal coverage, in (0, 1). */
  readonly level: number;
  readonly low: readonly number[];
  readonly high: readonly number[];
}

/** Time that the event loop may wait, so that a message to stop is seen (ms). */
const YIELD_MILLISECONDS = 50;

/** Counts predictions, reports them, and lets an abort arrive. Touches no result. */
export class ScoreMeter {
  readonly #options: Pick<ScoreOptions, "onProgress" | "signal">;
  readonly #total: number;
  #done = 0;
  #yielded = monotonicMs();

  constructor(total: number, options: Pick<ScoreOptions, "onProgress" | "signal">) {
    this.#total = total;
    this.#options = options;
  }

  /** @throws The signal's reason, if it is aborted */
  async add(predictions: number): Promise<void> {
    this.#done += predictions;
    if (monotonicMs() - this.#yielded < YIELD_MILLISECONDS) return;
    this.#options.onProgress?.({ predictions: this.#done, total: this.#total });
    await new Promise<void>((resolve) => setImmediate(resolve));
    this.#options.signal?.throwIfAborted();
    this.#yielded = monotonicMs();
  }
}
