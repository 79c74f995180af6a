import { evaluate } from "./evaluate.ts";
import { filter } from "./filter.ts";
import { generate } from "./generate.ts";
import type { StageKindDefinition } from "./kind.ts";
import { merge } from "./merge.ts";
import { score } from "./score.ts";
import { train } from "./train.ts";
import { validate } from "./validate.ts";

/** Every kind that comes with the project, in the order of a pipeline. */
const SHIPPED = [generate, validate, filter, merge, train, evaluate, score] as const;

/** A kind that comes with the project. */
export type ShippedKind = typeof SHIPPED[number];

const kinds = new Map<string, StageKindDefinition>(SHIPPED.map((kind) => [kind.kind, kind]));

/** Every kind of stage: those of the project, then those of modules, in the order of registration. */
export function listKinds(): readonly StageKindDefinition[] {
  return [...kinds.values()];
}

/** The kind of a name, undefined where there is none. */
export function findKind(kind: string): StageKindDefinition | undefined {
  return kinds.get(kind);
}

/**
 * The kind of a stage of a checked declaration.
 *
 * @throws {TypeError} If there is none of that name
 */
export function kindOf({ kind }: { readonly kind: string }): StageKindDefinition {
  const found = kinds.get(kind);
  if (found === undefined) throw new TypeError(`Cannot find kind of stage "${kind}"`);
  return found;
}

/** Whether a kind comes with the project, so that every worker knows it. */
export function isShipped(kind: StageKindDefinition): boolean {
  return SHIPPED.some((shipped) => shipped.kind === kind.kind);
}
