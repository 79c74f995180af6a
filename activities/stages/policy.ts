import { join } from "node:path";
import { rowSize } from "../../core/episode.ts";
import { InvalidInputError } from "../../core/errors.ts";
import { createPolicy, loadOnnxPolicy, policySizes } from "../../learn/mod.ts";
import {
  type AsyncPolicyFunction,
  type EnvironmentDefinition,
  observationSize,
  type PolicyFunction,
} from "../../sim/mod.ts";
import { loadImportedPolicy, loadPolicy } from "../../store/mod.ts";
import type { StageTask } from "../types.ts";

/** A trained policy, ready to act. */
export interface OpenPolicy extends AsyncDisposable {
  readonly act: PolicyFunction | AsyncPolicyFunction;
}

/**
 * The policy that a stage evaluates: that of its input stage, a stored one, or an ONNX file that was
 * brought into the data root.
 *
 * @throws {InvalidInputError} If it does not fit the environment
 */
export async function openPolicy(
  { stage, inputs }: StageTask,
  root: string,
  environment: EnvironmentDefinition,
): Promise<OpenPolicy> {
  const stored = stage.external.find(({ parameter }) => parameter === "policy");
  const directory = join(root, stored?.path ?? inputs[0]!.path);
  const expected = observationSize(environment);
  if (stored?.runtime !== undefined) {
    const { act, close } = await loadOnnxPolicy(loadImportedPolicy(directory));
    const policy: OpenPolicy = { act, [Symbol.asyncDispose]: close };
    try {
      await tryPolicy(act, environment);
      return policy;
    } catch (error) {
      await close();
      throw error;
    }
  }
  const saved = await loadPolicy(directory);
  const found = policySizes(saved).observationSize;
  if (found !== expected) {
    throw new InvalidInputError(
      `Cannot evaluate the policy in "${environment.name}": expected one that reads ${expected} ` +
        `numbers, found one that reads ${found}: evaluate it where its dataset comes from`,
    );
  }
  return { act: createPolicy(saved), [Symbol.asyncDispose]: () => Promise.resolve() };
}

/**
 * A model that leaves its sizes open says only when it is asked whether it fits.
 *
 * @throws {InvalidInputError} If it refuses an observation, or gives an action of another size
 */
export async function tryPolicy(
  act: AsyncPolicyFunction,
  environment: EnvironmentDefinition,
): Promise<void> {
  const { name, action } = environment;
  const expected = rowSize(action.shape);
  const found = (await act(new Float32Array(observationSize(environment)))).length;
  if (found === expected) return;
  throw new InvalidInputError(
    `Cannot evaluate the policy in "${name}": expected an action of ${expected} numbers, found one ` +
      `of ${found}: use a policy of this environment`,
  );
}
