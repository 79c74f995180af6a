import type { StageDeclaration } from "./graph.ts";
import { definePipeline, type PipelineDeclaration } from "./graph.ts";

/** A stage's parameters without its place in a graph. */
type ParametersOf<Kind extends StageDeclaration["kind"], Without extends string = never> = Omit<
  Extract<StageDeclaration, { kind: Kind }>,
  "kind" | "from" | Without
>;

/**
 * The pipeline behind `deno task generate`: candidates are checked but not filtered, so that it
 * delivers what the policy did, as the collection scripts of the field do.
 */
export function generatePipeline(
  parameters: ParametersOf<"generate">,
  seed = 0,
): PipelineDeclaration {
  return definePipeline({
    name: `generate-${parameters.environment}`,
    seed,
    stages: {
      generate: { kind: "generate", ...parameters },
      validate: { kind: "validate", from: "generate" },
      merge: { kind: "merge", from: "validate" },
    },
  });
}

/** The pipeline behind `deno task train`: one model on one stored dataset. */
export function trainPipeline(
  parameters: ParametersOf<"train", "dataset"> & { readonly dataset: string },
  seed = 0,
): PipelineDeclaration {
  return definePipeline({
    name: `train-${parameters.model ?? "bc"}`,
    seed,
    stages: { train: { kind: "train", ...parameters } },
  });
}

/** The pipeline behind `deno task evaluate`: one stored policy in one environment. */
export function evaluatePipeline(
  parameters: ParametersOf<"evaluate", "policy"> & { readonly policy: string },
  seed = 0,
): PipelineDeclaration {
  return definePipeline({
    name: parameters.environment === undefined ? "evaluate" : `evaluate-${parameters.environment}`,
    seed,
    stages: { evaluate: { kind: "evaluate", ...parameters } },
  });
}
