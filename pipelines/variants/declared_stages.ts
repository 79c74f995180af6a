import { isRecord } from "../../core/findings.ts";
import { inputsOf } from "../declare/graph.ts";
import type { AnyStage, StageKindDefinition } from "../kinds/kind.ts";
import { findKind } from "../kinds/mod.ts";
import { parseVariant, type Variant } from "./variant_name.ts";

/** A stage of a declaration before anything is known to be right of it. */
export interface DeclaredStage {
  readonly name: string;
  readonly variant: Variant;
  /** The stage without `matrix` and `along`. */
  readonly stage: AnyStage;
  readonly kind: StageKindDefinition;
  readonly inputs: readonly string[];
  readonly matrix: unknown;
  readonly along: unknown;
}

/** The stages that can be multiplied, by name: those of a known kind whose inputs are names. */
export function declaredStages(value: unknown): ReadonlyMap<string, DeclaredStage> {
  const stages = isRecord(value) && isRecord(value["stages"]) ? value["stages"] : {};
  const declared = new Map<string, DeclaredStage>();
  for (const [name, given] of Object.entries(stages)) {
    if (!isRecord(given)) continue;
    const { matrix, along, ...stage } = given;
    const kind = findKind(String(stage["kind"]));
    if (kind === undefined || !isStage(stage)) continue;
    const inputs = inputsOf(stage), variant = parseVariant(name);
    declared.set(name, { name, variant, stage, kind, inputs, matrix, along });
  }
  return declared;
}

/** Whether a declaration has anything to expand; most have not. */
export function hasVariants(value: unknown): boolean {
  if (!isRecord(value)) return false;
  if (Object.hasOwn(value, "variants")) return true;
  const stages = isRecord(value["stages"]) ? value["stages"] : {};
  return Object.entries(stages).some(([name, stage]) =>
    name.includes("[") || isRecord(stage) &&
      (Object.hasOwn(stage, "matrix") || Object.hasOwn(stage, "along"))
  );
}

function isStage(stage: Readonly<Record<string, unknown>>): stage is AnyStage {
  const from = stage["from"];
  return typeof stage["kind"] === "string" &&
    (from === undefined || typeof from === "string" ||
      (Array.isArray(from) && from.every((name) => typeof name === "string")));
}

/** Names of the parameters of a stage that a factor can be. */
export function parametersOfKind({ schema }: StageKindDefinition): readonly string[] {
  return Object.keys(schema.shape).filter((name) => name !== "kind" && name !== "from");
}

/** A stage with one parameter set, by its path. */
export function assign(stage: AnyStage, path: string, value: unknown): AnyStage {
  const [head = "", ...rest] = path.split(".");
  return { ...stage, [head]: rest.length === 0 ? value : within(stage[head], rest, value) };
}

function within(object: unknown, [head = "", ...rest]: readonly string[], value: unknown): unknown {
  const known = isRecord(object) ? object : {};
  return { ...known, [head]: rest.length === 0 ? value : within(known[head], rest, value) };
}
