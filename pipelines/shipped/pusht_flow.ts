import { definePipeline, type PipelineDeclaration } from "../declare/graph.ts";
import { MERGED_MOVEMENTS, movementStages } from "./pusht_movements.ts";

/** Knowledge of Push-T that the network gets in addition to its fields. Lengths are in px. */
const KNOWLEDGE = {
  plan: { targets: "action", start: "observation/agent_pos", duration: "dmp/duration" },
  body: {
    point: "observation/agent_pos",
    position: "observation/block_pos",
    angle: "observation/block_angle",
    boxes: [[-60, 60, 0, 30], [-15, 15, 30, 120]], // bar and stem
    radius: 15, // of the agent
    size: 60,
  },
};

/** Options of the scored flow, and of its base. */
const LONG = { steps: 25_000, hiddenSize: 256, numFlowLayers: 6, oneStep: 0.3 };

/**
 * Options of the pair that shows the effect of the consistency terms: the model's own sizes and
 * intervals, because one step with those terms costs as much as six without.
 */
const SHORT = { steps: 6_000 };

/**
 * Pipeline that learns the density of the block's motion: a conditional neural stochastic flow,
 * trained on 50,000 movements and scored on 1,000 others, with its base alone and two shorter
 * trainings for comparison, which show the effect of the consistency terms.
 */
export const pushtFlow: PipelineDeclaration = definePipeline({
  name: "pusht-flow",
  stages: {
    // The engine that computes what gym-pusht computes.
    ...movementStages({ options: { engine: "chipmunk" }, training: 50_000 }),
    merge: MERGED_MOVEMENTS,
    train: train({ ...LONG, consistency: 0 }),
    train_base: train({ ...LONG, consistency: 0, numFlowLayers: 0 }),
    train_inconsistent: train({ ...SHORT, consistency: 0 }),
    train_consistent: train({ ...SHORT, consistency: 1.5 }),
    evaluate: {
      kind: "score",
      from: ["train", "merge", "train_base", "train_inconsistent", "train_consistent"],
      compare: {
        base: "train_base",
        inconsistent: "train_inconsistent",
        consistent: "train_consistent",
      },
    },
  },
});

/** @param options Of the model, beside its steps and what it is told of Push-T */
function train(
  { steps, ...options }: { readonly steps: number } & Readonly<Record<string, number>>,
) {
  return {
    kind: "train" as const,
    from: "merge" as const,
    model: "flow",
    steps,
    options: { ...KNOWLEDGE, ...options },
    validateEvery: 250,
    stream: "train", // the same first weights and batches in every branch
  };
}
