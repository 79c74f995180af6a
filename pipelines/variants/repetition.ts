import type { z } from "zod";
import { fromOf, parameterInputs } from "../kinds/stage_inputs.ts";
import type { DeclaredStage } from "./declared_stages.ts";
import type { roundsSchema } from "./rounds_schema.ts";
import { parseVariant } from "./variant_name.ts";

/** Stages that are repeated, with all that is known of them. */
export interface Repetition extends z.output<typeof roundsSchema> {
  /** Stages of the whole declaration, by name. */
  readonly stages: ReadonlyMap<string, DeclaredStage>;
  /** Those among the repeated that read what the round before has left: round 0 has none of them. */
  readonly late: ReadonlySet<string>;
}

/** The repeated stages of a declaration. */
export function repetitionOf(
  rounds: z.output<typeof roundsSchema>,
  stages: ReadonlyMap<string, DeclaredStage>,
): Repetition {
  const late = new Set<string>();
  for (let size = -1; size < late.size;) {
    size = late.size;
    for (const name of rounds.of) {
      const declared = stages.get(name);
      if (declared !== undefined && isLate(declared, rounds.of, late)) late.add(name);
    }
  }
  return { ...rounds, stages, late };
}

/** Whether a stage has nothing to read before a first round. */
function isLate(
  { stage, kind }: DeclaredStage,
  of: readonly string[],
  late: ReadonlySet<string>,
): boolean {
  if (parameterInputs(stage).some(([, name]) => of.includes(baseOf(name)))) return true;
  const inputs = fromOf(stage), missing = inputs.filter((name) => late.has(baseOf(name)));
  // One that takes many goes on with what there is.
  return missing.length > 0 && (kind.takesVariants !== true || missing.length === inputs.length);
}

/** The stage that a name is, or selects variants of. */
export function baseOf(name: string): string {
  return parseVariant(name).base;
}

/**
 * The parameter by which a training goes on from another, with which warm rounds begin; undefined
 * where the kind has none.
 */
export function initialParameter({ kind }: DeclaredStage): string | undefined {
  return Object.entries(kind.stored ?? {}).find(([, { type, fromStage }]) =>
    fromStage === type && type === kind.gives
  )?.[0];
}
