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

/** A {@linkcode PolicyFunction} whose runtime answers later, such as ONNX Runtime's. */
export type AsyncPolicyFunction = (observation: Float32Array) => Promise<Float32Array>;
