import { InvalidInputError } from "../core/errors.ts";
import { type KeyContext, manifestKeyOf, stageKey } from "./compile/identity.ts";
import { kindOf } from "./kinds/mod.ts";
import type { StagePlan } from "./plan.ts";

/**
 * Computes the key of a stage again: what is stored under a key is what the key says, whoever
 * requested it.
 *
 * @param inputStages Plans of its inputs, in the order of `stage.from`
 * @throws {InvalidInputError} If it has another key
 */
export function requireKey(
  stage: StagePlan,
  inputStages: readonly StagePlan[],
  context: KeyContext,
): void {
  const { kind, parameters, chain } = stage, { simulates, modelOf } = kindOf(stage);
  const key = stageKey({
    ...stage,
    // Within a chain a shard depends on a shard; behind it, on which episodes were accepted.
    inputs: inputStages.map((input) =>
      chain?.previous === input.name ? input.key : input.manifestKey
    ),
    environment: simulates
      ? requireRegistered(stage, "environment", parameters["environment"], context)
      : null,
    model: modelOf
      ? requireRegistered(stage, "model", modelOf({ kind, ...parameters }), context)
      : null,
  }, context);
  if (key !== stage.key) throw otherKey(stage.name, key, stage.key);
  if (chain === undefined || chain.next !== null) return;
  const manifestKey = manifestKeyOf(key, chain, []);
  if (manifestKey !== stage.manifestKey) throw otherKey(stage.name, manifestKey, stage.manifestKey);
}

/** The name of something that is registered. */
function requireRegistered(
  { name }: StagePlan,
  what: "environment" | "model",
  value: unknown,
  context: KeyContext,
): string {
  const known = context[`${what}s`];
  if (typeof value === "string" && Object.hasOwn(known, value)) return value;
  throw new InvalidInputError({
    action: "execute stage",
    place: name,
    expected: `a registered ${what}`,
    found: `"${String(value).slice(0, 80)}"`,
    remedy: `name one of ${Object.keys(known).join(", ")}`,
  });
}

function otherKey(name: string, expected: string, found: string): InvalidInputError {
  return new InvalidInputError({
    action: "execute stage",
    place: name,
    expected: `key ${expected.slice(0, 12)}`,
    found: found.slice(0, 12),
    remedy: "start runs by the commands of this project",
  });
}
