import type { JsonValue } from "../../core/canonical.ts";
import type { SavedPolicy, Tensor } from "../../core/episode.ts";

/** One row of `metrics.jsonl`: nothing in it depends on time or machine. */
export interface MetricsRow {
  /** Optimiser steps done. */
  readonly step: number;
  /** Mean training loss since the row before. */
  readonly loss: number;
  /** Loss on the validation split; null at steps where it was not measured or there is no split. */
  readonly validationLoss: number | null;
  /** The terms that it is made of, by name and without their weights; absent if it has none. */
  readonly validationTerms?: Readonly<Record<string, number>>;
  readonly learningRate: number;
}

/** Progress of a training. */
export interface TrainingProgress {
  readonly step: number;
  readonly steps: number;
  /** Mean training loss since the report before. */
  readonly loss: number;
  /** The latest measured, null before the first. */
  readonly validationLoss: number | null;
  readonly learningRate: number;
  readonly stepsPerSecond: number;
}

/** State with which a training continues as if it had never stopped, bit for bit. */
export interface TrainingState {
  /** Optimiser steps done. */
  readonly step: number;
  /**
   * `weights/<name>`, `moment1/<name>`, `moment2/<name>`, `constants/<name>` (normalisation) and,
   * once the validation loss was measured, `best/<name>`, and of models that average their weights
   * `average/<name>`.
   */
  readonly tensors: Readonly<Record<string, Tensor>>;
  /** Running products of Adam, metrics so far, best metric, digest of the configuration, backend. */
  readonly state: JsonValue;
}

/** Result of a training. */
export interface TrainingResult {
  /** `stopped`: the signal was aborted; the state was saved before returning. */
  readonly status: "completed" | "stopped";
  readonly state: TrainingState;
  /** The policy to use: the last, or the best on the validation split, as `keep` says. */
  readonly policy: SavedPolicy;
  /** The best on the validation split; null if it was never measured. */
  readonly best: SavedPolicy | null;
  readonly metrics: readonly MetricsRow[];
  /** Step that this call began from: 0, or that of `resume`. */
  readonly resumedFrom: number;
  /** Measured, of this call; never part of a digest. */
  readonly stepsPerSecond: number;
}
