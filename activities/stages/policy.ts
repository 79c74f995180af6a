import { join } from "node:path";
import { rowSize, type SavedPolicy } from "../../core/episode.ts";
import { InvalidInputError } from "../../core/errors.ts";
import { createBatchPolicy, createPolicy, loadOnnxPolicy, policySizes } from "../../learn/mod.ts";
import {
  type AsyncPolicyFunction,
  type BatchPolicy,
  type EnvironmentDefinition,
  observationSize,
  type PolicyFunction,
} from "../../sim/mod.ts";
import { loadImportedPolicy, loadPolicy } from "../../store/mod.ts";
import { openCommandPolicy } from "../commands/policy_processes.ts";
import type { OperationContext } from "./operation.ts";
import { kindOf } from "../../pipelines/kinds/mod.ts";
import type { StageTask } from "../types.ts";

/** A trained policy, or a program, ready to act. */
export interface OpenPolicy extends AsyncDisposable {
  readonly act: PolicyFunction | AsyncPolicyFunction | BatchPolicy;
}

/**
 * The policy that a stage evaluates: that of its input stage, a stored one, an ONNX file that was
 * brought into the data root, or a program.
 *
 * @throws {InvalidInputError} If it does not fit the environment
 */
export async function openPolicy(
  { stage, inputs }: StageTask,
  { root, onOutput = () => {} }: Pick<OperationContext, "root" | "onOutput">,
  environment: EnvironmentDefinition,
): Promise<OpenPolicy> {
  if (stage.command !== undefined) {
    const input = inputs[0] === undefined ? undefined : join(root, inputs[0].path);
    const program = await openCommandPolicy(stage.command, environment, {
      input,
      onLine: onOutput,
    });
    return { act: program.policy, [Symbol.asyncDispose]: () => program[Symbol.asyncDispose]() };
  }
  const stored = stage.external.find(({ parameter }) => parameter === "policy");
  const directory = join(root, stored?.path ?? inputs[0]!.path);
  const expected = observationSize(environment);
  const isProgram = inputs[0] !== undefined && kindOf(inputs[0]).gives === "policy";
  if (stored?.runtime !== undefined || (stored === undefined && isProgram)) {
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
    throw new InvalidInputError({
      action: "evaluate the policy in",
      place: environment.name,
      expected: `one that reads ${expected} numbers`,
      found: `one that reads ${found}`,
      remedy: "evaluate it where its dataset comes from",
    });
  }
  return { act: createAct(saved, environment), [Symbol.asyncDispose]: () => Promise.resolve() };
}

/** A trained policy, for several worlds at once where both it and the environment are made for it. */
export function createAct(
  saved: SavedPolicy,
  { worldsTogether: worlds = 1 }: EnvironmentDefinition,
): OpenPolicy["act"] {
  const batch = worlds > 1 ? createBatchPolicy(saved) : null;
  if (batch === null) return createPolicy(saved);
  return { worlds, act: (requests) => batch.act(requests), end: (id) => batch.end?.(id) };
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
  throw new InvalidInputError({
    action: "evaluate the policy in",
    place: name,
    expected: `an action of ${expected} numbers`,
    found: `one of ${found}`,
    remedy: "use a policy of this environment",
  });
}
