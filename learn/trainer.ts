import type { EpisodeSource, SavedPolicy } from "../core/episode.ts";
import type { ModelParameters } from "./model.ts";
import type { TrainingProgress, TrainingResult, TrainingState } from "./training_state.ts";

/** What {@linkcode trainModel} trains, on what, and where it leaves its state. */
export interface TrainOptions {
  /** Name of a registered model. */
  readonly model: string;
  /** Hyperparameters; absent ones take the model's defaults, unknown ones are refused. */
  readonly parameters: ModelParameters;
  /** With `stream` the source of every random number. */
  readonly seed: number;
  readonly stream: string;
  readonly source: EpisodeSource;
  /** Steps between two calls of `saveCheckpoint`. */
  readonly checkpointEvery: number;
  /** Steps between two losses on the validation split. */
  readonly validateEvery: number;
  /** A state that `saveCheckpoint` was given: go on from it. */
  readonly resume?: TrainingState;
  /** Weights and normalisation to begin from, in place of random ones. */
  readonly initFrom?: SavedPolicy;
  /** Called every `checkpointEvery` steps, on abort and at the end; training waits for it. */
  readonly saveCheckpoint?: (state: TrainingState) => Promise<void>;
  /** Called a few times a second. */
  readonly onProgress?: (progress: TrainingProgress) => void;
  /** Stops after the step under way; the state is saved and the result is `stopped`. */
  readonly signal?: AbortSignal;
}

/**
 * Trains a model. The result is a function of everything but the callbacks and the signal:
 * stopping and resuming any number of times changes no bit of it.
 *
 * @throws {InvalidInputError} If a parameter, the dataset, `resume` or `initFrom` does not fit
 * @throws {DivergedError} If the loss is no longer finite
 */
export function trainModel(_options: TrainOptions): Promise<TrainingResult> {
  throw new Error("Cannot train: not there yet");
}
