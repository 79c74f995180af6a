import { z } from "zod";
import type { Finding } from "../findings.ts";
import type { CompiledParameters, DeclaredSite, StageKindDefinition } from "./kind.ts";
import { kindOf } from "./registry.ts";
import { type DeclaredInputs, inputs, MAX_INPUTS } from "./shared_fields.ts";
import { fromOf } from "./stage_inputs.ts";

/** A stage that keeps the best of several trained models, by evaluations of them. */
export interface SelectDeclaration<Name extends string = string> {
  readonly kind: "select";
  /** The train stages, and an evaluation of each. */
  readonly from: DeclaredInputs<Name>;
  /**
   * Metrics of the evaluations, of which the largest mean decides, 1 to 8; among equals the last
   * model is kept.
   *
   * @default {["success_rate"]}
   */
  readonly metrics?: readonly string[];
}

const schema = z.strictObject({
  kind: z.literal("select"),
  from: inputs,
  metrics: z.array(z.string().min(1).max(100)).min(1).max(8).default(["success_rate"]).describe(
    "Metrics of the evaluations; the model with the largest mean of them is kept, the last one " +
      "among equals",
  ),
}).describe("Keeps the best of several trained models");

/** Parameters of a compiled select stage. */
export type SelectParameters = CompiledParameters<typeof schema>;

/** Keeps the model whose evaluation is best. */
export const select: StageKindDefinition<"select", typeof schema, SelectParameters> = {
  kind: "select",
  schema,
  reads: { model: [1, MAX_INPUTS], evaluation: [1, MAX_INPUTS] },
  gives: "model",
  identity: { codeVersion: 1, versions: [], omits: [], draws: false },
  work: { shape: "whole", resource: "simulate" },
  takesVariants: true,
  isResult: true,
  progress: { unit: "models", count: "models", judgedBy: "success_rate" },
  headline: ["models", "round", "success_rate", "success_rate_noisy"],
  checks: checkCandidates,
  estimate: ({ stage }) => ({
    shards: 0,
    count: Math.ceil(stage.from.length / 2),
    unit: "models",
    bytes: 0,
  }),
};

/** Expects one evaluation of each model, and none of another. */
function checkCandidates(
  { name, inputs, stages }: DeclaredSite<z.output<typeof schema>>,
): readonly Finding[] {
  if (!inputs.every((input) => stages.has(input))) return []; // and told of already
  const path = ["stages", name, "from"];
  const giving = (type: string) =>
    inputs.filter((input) => kindOf(stages.get(input)!).gives === type);
  const models = giving("model");
  if (models.length === 0) {
    const problem = "expected the train stages to choose from, found none";
    return [{
      check: "missing-input",
      path,
      problem,
      remedy: "name them beside their evaluations",
    }];
  }
  const evaluated = giving("evaluation").map((input) => fromOf(stages.get(input)!)[0] ?? "");
  const strange = evaluated.find((input) => !models.includes(input));
  if (strange !== undefined) {
    const problem = `it reads an evaluation of "${strange}", which is not among its models`;
    return [{ check: "unknown-input", path, problem, remedy: "name that stage too" }];
  }
  return models.flatMap((model): readonly Finding[] => {
    const count = evaluated.filter((input) => input === model).length;
    if (count === 1) return [];
    const problem = `expected one evaluation of "${model}", found ${count}`;
    const remedy = count === 0 ? "add a stage of kind evaluate from it" : "name one of them";
    return [{ check: count === 0 ? "missing-input" : "too-many-inputs", path, problem, remedy }];
  });
}
