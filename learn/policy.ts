import type { SavedPolicy } from "../core/episode.ts";
import type { RandomGenerator } from "../core/random.ts";
import { getPolicyModel } from "./model.ts";

/** What a policy does with one observation. */
export interface PolicyFunction {
  /**
   * @param observation The fields that the policy reads, concatenated in its order
   * @returns The action; overwritten by the next call, so copy it to keep it
   */
  (observation: Float32Array): Float32Array;
  /** Begins an episode, of a policy with memory. @param random What it draws from in the episode */
  begin?(random: RandomGenerator): void;
  /** What it holds of the episode so far; a new array. */
  snapshot?(): Float64Array;
  /** Returns to what {@linkcode snapshot} held. */
  restore?(state: Float64Array): void;
}

/** A {@linkcode PolicyFunction} whose runtime answers later, such as ONNX Runtime's. */
export type AsyncPolicyFunction = (observation: Float32Array) => Promise<Float32Array>;

/**
 * A trained network as a function: the forward pass that training used, on one row, with the
 * normalisation of observation and action in it.
 *
 * @throws {InvalidInputError} If the model is unknown or a tensor is absent or of another shape
 */
export function createPolicy(saved: SavedPolicy): PolicyFunction {
  return getPolicyModel(saved.model).createPolicy(saved);
}

/**
 * Numbers that a trained network reads and gives.
 *
 * @throws {InvalidInputError} As {@linkcode createPolicy}
 */
export function policySizes(
  saved: SavedPolicy,
): { readonly observationSize: number; readonly actionSize: number } {
  const { observationSize, actionSize } = getPolicyModel(saved.model).describeOnnx(saved);
  return { observationSize, actionSize };
}
