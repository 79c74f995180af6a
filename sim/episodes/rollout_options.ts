import type { NoiseKind } from "../../core/noise_kind.ts";
import type { CameraSpec } from "../images/camera_options.ts";
import type {
  AsyncPolicyFunction,
  Attempts,
  EnvironmentDefinition,
  PolicyFunction,
  Randomize,
} from "../world/environment.ts";
import type { WorldOptions } from "../world/world.ts";
import type { BatchPolicy } from "./batch_policy.ts";
import type { LabelOptions } from "./state_labels.ts";

/** Progress of a rollout. */
export interface RolloutProgress {
  /** Candidates done. */
  readonly candidates: number;
  /** Control steps done. */
  readonly steps: number;
  readonly successes: number;
}

export interface RolloutOptions extends LabelOptions {
  readonly environment: EnvironmentDefinition;
  /** Name of a policy of the environment, or one given from outside. */
  readonly policy: string | PolicyFunction | AsyncPolicyFunction | BatchPolicy;
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
  /** Standard deviation of noise on the applied action, default 0. */
  readonly actionNoise?: number;
  /** Kind of that noise, default `gaussian`. See `createActionNoise()`. */
  readonly noiseKind?: NoiseKind;
  /** Cameras that record images of every state before a step. */
  readonly cameras?: readonly CameraSpec[] | undefined;
  /** Tries a candidate again with other draws; the last attempt is kept. Once if absent. */
  readonly attempts?: Attempts | undefined;
  readonly world?: WorldOptions;
  /** Stops before the next candidate. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: RolloutProgress) => void;
}
