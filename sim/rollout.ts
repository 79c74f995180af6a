import type { EpisodeTable } from "../core/episode.ts";
import type {
  EnvironmentDefinition,
  PolicyFunction,
  Randomize,
  WorldOptions,
} from "./environment.ts";

/** How a rollout stands. */
export interface RolloutProgress {
  /** Candidates done. */
  readonly candidates: number;
  /** Control steps done. */
  readonly steps: number;
  readonly successes: number;
}

export interface RolloutOptions {
  readonly environment: EnvironmentDefinition;
  /** Name of a policy of the environment, or one given from outside. */
  readonly policy: string | PolicyFunction;
  readonly seed: number;
  /** Name of the stage's random numbers. */
  readonly stream: string;
  /** First candidate. */
  readonly first: number;
  /** Number of candidates, at least 1. */
  readonly count: number;
  /** Control steps after which an episode is truncated; the environment's unless given. */
  readonly maxSteps?: number;
  readonly randomize?: Randomize;
  /** Standard deviation of Gaussian noise on the applied action, default 0. */
  readonly actionNoise?: number;
  readonly world?: WorldOptions;
  /** Stops before the next candidate. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: RolloutProgress) => void;
}

/**
 * Simulates candidates `first` … `first + count − 1`, one episode each.
 *
 * A candidate is a pure function of (seed, stream, candidate) and of the other options: it comes to
 * the same bytes alone, in any batch, and after any other episode.
 *
 * @returns Columns as `environment.schema({ randomize, actionNoise })` names them
 * @throws {InvalidInputError} If the environment has no such policy or randomization
 * @throws The signal's reason, if it is aborted
 */
export function rolloutCandidates(_options: RolloutOptions): Promise<EpisodeTable> {
  return Promise.reject(new Error("Cannot simulate: not there yet"));
}
