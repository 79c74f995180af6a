import { z } from "zod";
import { describeFailure, gateNames, gateVerdicts, parseGateCondition } from "../gate_condition.ts";
import type { Finding } from "../findings.ts";
import { metricName } from "./compare.ts";
import type { CompiledParameters, DeclaredSite, StageKindDefinition } from "./kind.ts";
import { type DeclaredInputs, inputs, path } from "./shared_fields.ts";

/** A stage that ends the run as failed where what it reads is not good enough. */
export interface GateDeclaration<Name extends string = string> {
  readonly kind: "gate";
  /** Stages whose metrics and counts it reads; each must meet every condition. */
  readonly from: DeclaredInputs<Name>;
  /** Conditions, e.g. `success_rate >= 0.95`: a metric or count, `>=`, `<=`, `>` or `<`, a number. */
  readonly conditions?: readonly string[];
  /** A stored evaluation that its inputs must not be worse than: a run, a stage of it, or a path. */
  readonly against?: string;
  /**
   * The figure that is compared with that of `against`.
   *
   * @default {"success_rate"}
   */
  readonly metric?: string;
  /**
   * Largest amount by which an input may be worse than `against`, at least 0.
   *
   * @default {0}
   */
  readonly margin?: number;
  /** Values that are better; if absent, the metric's name decides. */
  readonly better?: "higher" | "lower";
}

const condition = z.string().max(200).superRefine((text, { addIssue }) => {
  const { fault } = parseGateCondition(text);
  if (fault !== null) addIssue({ code: "custom", message: fault });
});

const schema = z.strictObject({
  kind: z.literal("gate"),
  from: inputs,
  conditions: z.array(condition).min(1).max(64).describe(
    'Conditions that must hold: METRIC >= NUMBER, or <=, >, <, e.g. "success_rate >= 0.95"',
  ).optional(),
  against: path.describe(
    "Stored evaluation that must not be better: a run, one of its stages, or a path",
  ).optional(),
  metric: metricName.default("success_rate").describe("Metric to compare with that of against"),
  margin: z.number().min(0).default(0).describe(
    "Amount by which an input may be worse than against",
  ),
  better: z.enum(["higher", "lower"]).describe(
    "Which values are better (default by the name: lower for errors, losses, falls and lengths)",
  ).optional(),
}).describe("Fails the run if a metric is not good enough");

type Gate = z.output<typeof schema>;

/** Parameters of a compiled gate stage. */
export type GateParameters = CompiledParameters<
  typeof schema,
  "conditions" | "against" | "better"
>;

/** Bytes of a verdict. */
const VERDICT_BYTES = 2_000;

/** Ends a run as failed where a figure is not good enough. */
export const gate: StageKindDefinition<"gate", typeof schema, GateParameters> = {
  kind: "gate",
  schema,
  reads: {
    evaluation: [0, 16_384],
    scores: [0, 16_384],
    dataset: [0, 16_384],
    model: [0, 16_384],
    table: [0, 16_384],
  },
  gives: "files",
  takesVariants: true,
  stored: { against: { type: "evaluation" } },
  // What it is compared with is named by its digest.
  identity: { codeVersion: 1, versions: [], omits: ["against"], draws: false },
  work: { shape: "whole", resource: "simulate" },
  isResult: true,
  progress: { unit: "conditions", count: "conditions", judgedBy: "success_rate" },
  headline: ["conditions", "failed"],
  verdict: ({ conditions, failed }) =>
    failed === 0
      ? `every condition of ${conditions} holds`
      : `${failed} of ${conditions} ${conditions === 1 ? "condition" : "conditions"} not met`,
  checks: checkConditions,
  failure: (attributes, stage) => {
    const failed = gateVerdicts(attributes).filter(({ holds }) => !holds);
    if (failed.length === 0) return null;
    const names = gateNames(stage);
    const faults = failed.map((verdict) => describeFailure(verdict, names)).join("; ");
    const remedy = "improve the policy, or change the conditions";
    return {
      name: "GateFailedError",
      message: `Cannot pass gate "${stage.name}": ${faults}: ${remedy}`,
    };
  },
  estimate: ({ stage, parameters: { conditions = [], against } }) => ({
    shards: 0,
    count: stage.from.length * (conditions.length + (against === undefined ? 0 : 1)),
    unit: "conditions",
    bytes: VERDICT_BYTES,
  }),
};

function checkConditions({ name, stage }: DeclaredSite<Gate>): readonly Finding[] {
  if (stage.conditions !== undefined || stage.against !== undefined) return [];
  return [{
    check: "missing-input",
    path: ["stages", name],
    problem: "expected conditions or against, found neither",
    remedy: 'add e.g. conditions: ["success_rate >= 0.95"]',
  }];
}
