import { z } from "zod";
import type { JsonValue } from "../../core/canonical.ts";
import { json, name } from "../kinds/shared_fields.ts";

/** Parameters of stages by their names: `{ train: { steps: 8000 } }`. */
export type RoundEdit<Name extends string = string> = {
  readonly [Stage in Name]?: Readonly<Record<string, JsonValue>>;
};

/**
 * Stages that are repeated, round after round: a policy rolls out, an expert labels the states that it
 * came to, the dataset grows, and training begins again with more. Round 0 has no policy to roll out
 * yet: it is the plain clone.
 *
 * Within a round, `from` names stages of the same round, a stage that takes several inputs takes
 * those of all rounds so far, and `{ from: STAGE }` of a parameter is the stage of the round before.
 */
export interface RoundsDeclaration<Name extends string = string> {
  /** The stages that are repeated, 1 to 16. */
  readonly of: readonly Name[];
  /** Rounds behind the plain clone, in [0, 100]. */
  readonly count: number;
  /**
   * Whether a training goes on from the weights of the round before (`warm`), or from weights of its
   * own (`cold`).
   *
   * @default {"cold"}
   */
  readonly start?: "warm" | "cold";
  /** Parameters that single rounds have otherwise, by round and stage; none where absent. */
  readonly edit?: Readonly<Record<number, RoundEdit<Name>>>;
}

/** Most rounds behind the plain clone. */
const MAX_ROUNDS = 100;

export const roundsSchema = z.strictObject({
  of: z.array(name).min(1).max(16).describe("Stages that are repeated in every round"),
  count: z.int().min(0).max(MAX_ROUNDS).describe("Number of rounds after the plain clone, round 0"),
  start: z.enum(["warm", "cold"]).default("cold").describe(
    "Initial weights: warm continues from the previous round, cold starts anew",
  ),
  edit: z.record(
    z.string().regex(/^(0|[1-9]\d{0,2})$/, { error: "expected the number of a round" }),
    z.record(name, z.record(z.string().min(1).max(255), json)),
  ).describe("Parameters of single rounds, by round and stage").optional(),
}).describe(
  "Repeats stages in rounds: a parameter { from: STAGE } reads the previous round's stage, and a " +
    "stage with several inputs takes those of every round so far",
);
