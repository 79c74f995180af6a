import { z } from "zod";
import { QUARANTINED } from "../../core/quarantine.ts";
import { estimateVerdicts } from "./chain_extent.ts";
import type { CompiledParameters, StageKindDefinition } from "./kind.ts";
import { factsOf, unknownNames } from "./names.ts";
import { type DeclaredInputs, inputs } from "./shared_fields.ts";

/** A stage that keeps episodes that are physically stable. */
export interface FilterDeclaration<Name extends string = string> {
  readonly kind: "filter";
  /** The generate or validate stage whose episodes it judges. */
  readonly from: DeclaredInputs<Name>;
  /**
   * Whether episodes that do not succeed are refused.
   *
   * @default {false}
   */
  readonly requireSuccess?: boolean;
  /**
   * Candidates per requested episode, in [1, 10000], before the chain gives up.
   *
   * @default {20}
   */
  readonly maxAttempts?: number;
  /**
   * Limits of the environment's stability checks, by name, in place of its own, each in the unit of
   * its check; none if absent.
   */
  readonly limits?: Readonly<Record<string, number>>;
}

const schema = z.strictObject({
  kind: z.literal("filter"),
  from: inputs,
  requireSuccess: z.boolean().default(false).describe("Reject episodes that do not succeed"),
  maxAttempts: z.int().min(1).max(10_000).default(20).describe(
    "Maximum candidates per requested episode; beyond it the chain fails",
  ),
  limits: z.record(z.string().min(1).max(63), z.number()).default({}).describe(
    "Limits for the environment's stability checks, by name (default the environment's)",
  ),
}).describe("Keeps physically stable episodes");

/** Parameters of a compiled filter stage. */
export type FilterParameters = CompiledParameters<typeof schema>;

/** Refuses unstable candidates of a chain, shard by shard. */
export const filter: StageKindDefinition<"filter", typeof schema, FilterParameters> = {
  kind: "filter",
  schema,
  reads: { episodes: 1 },
  gives: "episodes",
  // When a chain gives up changes none of its bytes.
  identity: { codeVersion: 1, versions: ["deno"], omits: ["maxAttempts"], draws: false },
  work: { shape: "sharded", resource: "simulate" },
  chain: { place: "check", order: 2 },
  isResult: false,
  progress: { unit: "episodes", count: "candidates", judgedBy: "acceptance_rate" },
  headline: ["acceptance_rate", QUARANTINED],
  lookUp({ name, resolution: { stage, environment }, registered }) {
    // Of an environment that is not registered, the generate stage says so.
    const facts = environment === null ? undefined : factsOf(registered.environments, environment);
    return unknownNames(["stages", name, "limits"], Object.keys(stage.limits), facts?.limits);
  },
  attemptsOf: ({ maxAttempts }) => maxAttempts,
  estimate: ({ stage }) => estimateVerdicts(stage),
};
