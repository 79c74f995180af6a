import { join } from "node:path";
import type { SavedPolicy } from "../../core/episode.ts";
import { InvalidInputError } from "../../core/errors.ts";
import { createBatchPolicy, createPolicy, policySizes } from "../../learn/mod.ts";
import {
  type AsyncPolicyFunction,
  type BatchPolicy,
  type EnvironmentDefinition,
  observationSize,
  type PolicyFunction,
} from "../../sim/mod.ts";
import { loadImportedPolicy, loadPolicy } from "../../store/mod.ts";
import { openCommandPolicy } from "../commands/policy_processes.ts";
import type { CheckContext, OperationContext } from "./operation.ts";
import { kindOf } from "../../pipelines/kinds/mod.ts";
import type { StagePlan } from "../../pipelines/plan.ts";
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
    const { openOnnxPolicy } = await import("../onnx/onnx_policy.ts");
    const policy = await openOnnxPolicy(loadImportedPolicy(directory), environment);
    return {
      act: policy.together ?? policy.act,
      [Symbol.asyncDispose]: () => policy[Symbol.asyncDispose](),
    };
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
 * Checks the ONNX file that a stage runs, in the environment that it runs it in.
 *
 * @throws {InvalidInputError} If it does not fit
 */
export async function checkOnnxPolicy(
  { external }: StagePlan,
  environment: EnvironmentDefinition,
  { root, policyFiles }: CheckContext,
): Promise<void> {
  const stored = external.find(({ parameter }) => parameter === "policy");
  if (stored?.runtime === undefined) return;
  const { path } = stored, file = policyFiles.find((file) => file.path === path);
  const policy = file ?? loadImportedPolicy(join(root, path));
  const options = file === undefined ? {} : { file: file.name };
  const { openOnnxPolicy } = await import("../onnx/onnx_policy.ts");
  await using _policy = await openOnnxPolicy(policy, environment, options);
}
