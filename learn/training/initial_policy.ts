import type { EpisodeSource, SavedPolicy } from "../../core/episode.ts";
import { InvalidInputError } from "../../core/errors.ts";
import { getModel, type ModelParameters, resolveParameters } from "../model.ts";
import { savedTensor } from "../tape/parameters.ts";

/** Training that starts from a policy. */
export interface InitialPolicyOptions {
  /** Name of a registered model. */
  readonly model: string;
  readonly parameters: ModelParameters;
  readonly source: EpisodeSource;
}

/**
 * Checks that a training can start from the weights and the normalisation of a policy, as far as
 * possible without training.
 *
 * @throws {InvalidInputError} If the policy is of another model, other fields or other widths
 */
export async function checkInitialPolicy(
  policy: SavedPolicy,
  { model, parameters, source }: InitialPolicyOptions,
): Promise<void> {
  const definition = getModel(model);
  requireModel(policy, model);
  const resolved = resolveParameters(definition, parameters);
  const { config } = await definition.prepare(source, resolved, policy);
  for (const { name, shape } of definition.createNetwork(config).weights) {
    savedTensor(policy.tensors, name, shape);
  }
}

/** @throws {InvalidInputError} If a policy is of another model */
export function requireModel(policy: SavedPolicy, model: string): void {
  if (policy.model === model) return;
  throw new InvalidInputError({
    action: `train "${model}" from a policy`,
    expected: "the same model",
    found: `"${policy.model}"`,
    remedy: `name a policy of model "${model}", or train "${policy.model}"`,
  });
}
