import { z } from "zod";
import { QUARANTINED } from "../../core/quarantine.ts";
import { estimateVerdicts } from "./chain_extent.ts";
import type { CompiledParameters, StageKindDefinition } from "./kind.ts";
import { type DeclaredInputs, inputs } from "./shared_fields.ts";

/** A stage that checks that episodes are finite, complete and consistent. */
export interface ValidateDeclaration<Name extends string = string> {
  readonly kind: "validate";
  /** The generate stage whose episodes it checks. */
  readonly from: DeclaredInputs<Name>;
}

const schema = z.strictObject({
  kind: z.literal("validate"),
  from: inputs,
}).describe("Checks that episodes are finite, complete and consistent");

/** Parameters of a compiled validate stage. */
export type ValidateParameters = CompiledParameters<typeof schema>;

/** Checks candidates of a chain, shard by shard. */
export const validate: StageKindDefinition<"validate", typeof schema, ValidateParameters> = {
  kind: "validate",
  schema,
  reads: { episodes: 1 },
  gives: "episodes",
  identity: { codeVersion: 1, versions: ["deno"], omits: [], draws: false },
  work: { shape: "sharded", resource: "simulate" },
  chain: { place: "check", order: 1 },
  isResult: false,
  progress: { unit: "episodes", count: "candidates", judgedBy: "acceptance_rate" },
  headline: ["acceptance_rate", QUARANTINED],
  estimate: ({ stage }) => estimateVerdicts(stage),
};
