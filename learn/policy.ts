import type { BatchPolicyFunction, PolicyFunction } from "./policy_function.ts";
import type { SavedPolicy } from "../core/episode.ts";
import { getPolicyModel } from "./model.ts";

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
 * The same for several episodes at once, with the same bits; null where the model has no such form.
 *
 * @throws {InvalidInputError} As {@linkcode createPolicy}
 */
export function createBatchPolicy(saved: SavedPolicy): BatchPolicyFunction | null {
  return getPolicyModel(saved.model).createBatchPolicy?.(saved) ?? null;
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
