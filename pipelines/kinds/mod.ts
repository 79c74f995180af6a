import { compare } from "./compare.ts";
import { concatenate } from "./concatenate.ts";
import { evaluate } from "./evaluate.ts";
import { filter } from "./filter.ts";
import { gate } from "./gate.ts";
import { generate } from "./generate.ts";
import type { StageKindDefinition } from "./kind.ts";
import { merge } from "./merge.ts";
import { ownKindDefinition } from "./own_kind.ts";
import { registerKind } from "./registry.ts";
import { relabel } from "./relabel.ts";
import { score } from "./score.ts";
import { select } from "./select.ts";
import { subsample } from "./subsample.ts";
import { train } from "./train.ts";
import { validate } from "./validate.ts";

/** Every kind that comes with the project, in the order of a pipeline. */
const SHIPPED = [
  generate,
  validate,
  filter,
  merge,
  train,
  evaluate,
  select,
  score,
  compare,
  gate,
] as const;

/** A kind that comes with the project. */
export type ShippedKind = typeof SHIPPED[number];

/** Kinds of the project that are made as those of users are, in the order in which docs list them. */
const SHIPPED_OWN = [relabel, subsample, concatenate] as const;

for (const definition of SHIPPED) registerKind(definition);
for (const own of SHIPPED_OWN) registerKind(ownKindDefinition(own));

export { findKind, kindOf, listKinds } from "./registry.ts";

/** Whether a kind comes with the project, so that every worker knows it. */
export function isShipped(kind: StageKindDefinition): boolean {
  return [...SHIPPED, ...SHIPPED_OWN].some((shipped) => shipped.kind === kind.kind);
}
