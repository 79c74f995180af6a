import type { RandomGenerator } from "../core/random.ts";

/** Function from an observation to an action. */
export interface PolicyFunction {
  /**
   * @param observation The fields that the policy reads, concatenated in its order
   * @returns The action; overwritten by the next call, so copy it to keep it
   */
  (observation: Float32Array): Float32Array;
  /** Begins an episode, of a policy with memory. @param random What it draws from in the episode */
  begin?(random: RandomGenerator): void;
  /** Returns its state in the episode, as a new array. */
  snapshot?(): Float64Array;
  /** Returns to what {@linkcode snapshot} held. */
  restore?(state: Float64Array): void;
}

/** An observation of one of several episodes that go on at the same time. */
export interface EpisodeObservation {
  /** Number of the episode. */
  readonly episode: number;
  /** Whether it has just begun. */
  readonly isFirst: boolean;
  /** Seed for what the policy draws in it: the first integer that `begin` would draw. */
  readonly seed: number;
  readonly observation: Float32Array;
}

/** A policy that answers observations of several episodes at once, and remembers each by itself. */
export interface BatchPolicyFunction {
  /** @returns An action for each observation, in their order: the bits of a {@linkcode PolicyFunction} */
  act(observations: readonly EpisodeObservation[]): readonly Float32Array[];
  /** Forgets an episode. */
  end?(episode: number): void;
}
