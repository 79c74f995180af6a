import { z } from "zod";
import { estimateVerdicts } from "./chain_extent.ts";
import type { CompiledParameters, StageKindDefinition } from "./kind.ts";
import { inputs } from "./shared_fields.ts";

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
  headline: ["acceptance_rate"],
  estimate: ({ stage }) => estimateVerdicts(stage),
};
