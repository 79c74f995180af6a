import type { CameraSpec } from "../images/camera_options.ts";
import type { RowValue } from "../world/world.ts";

/** An observation of one of several episodes that go on at the same time. */
export interface BatchRequest {
  /** Number of the episode, of its own in a rollout; an attempt is an episode. */
  readonly episode: number;
  /** Whether it has just begun: nothing that a policy remembers is of it. */
  readonly isFirst: boolean;
  /** Seed for what the policy draws in it, an integer in [0, 2^32). */
  readonly seed: number;
  /** `[n]` */
  readonly observation: Float32Array;
  /** Images through the policy's cameras by step column; absent if it has none. */
  readonly images?: Readonly<Record<string, RowValue>>;
}

/** A policy that acts in several episodes at once, such as one that another process computes. */
export interface BatchPolicy {
  /** Worlds that step together at most, at least 1. */
  readonly worlds: number;
  /** Cameras whose images it sees in addition to the observation; none if absent. */
  readonly cameras?: readonly CameraSpec[];
  /** @returns An action, `[m]`, for each observation, in their order */
  act(
    requests: readonly BatchRequest[],
  ): readonly Float32Array[] | Promise<readonly Float32Array[]>;
  /** Called when an episode has ended: its state is no longer needed. */
  end?(episode: number): void;
}

/** Whether a policy acts in several episodes at once. */
export function isBatchPolicy(policy: unknown): policy is BatchPolicy {
  return typeof policy === "object" && policy !== null && "worlds" in policy;
}
