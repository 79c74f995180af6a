import type { EnvironmentOptions } from "./compile.ts";
import { definePipeline, type PipelineDeclaration } from "./graph.ts";

/** Episodes and seed of each split: the generator's own, so that none depends on another's size. */
const SPLITS = {
  train: { episodes: 50_000, seed: 0 },
  validation: { episodes: 1_000, seed: 1 },
  test: { episodes: 1_000, seed: 2 },
} as const;

/** The engine that computes what gym-pusht computes. */
const OPTIONS: EnvironmentOptions = { engine: "chipmunk" };

/** What the network is told of Push-T beside its fields. Lengths in px. */
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

/** Steps of the trainings that show what the consistency terms do; each costs six times as much. */
const SHORT = 6_000;

/**
 * The density of where a movement pushes the block: a conditional neural stochastic flow, trained on
 * 50,000 movements and scored on 1,000 others; beside it its base alone, and what the consistency
 * terms do to a shorter training.
 */
export const pushtFlow: PipelineDeclaration = definePipeline({
  name: "pusht-flow",
  stages: {
    generate_train: generate("train"),
    generate_validation: generate("validation"),
    generate_test: generate("test"),
    validate_train: { kind: "validate", from: "generate_train" },
    validate_validation: { kind: "validate", from: "generate_validation" },
    validate_test: { kind: "validate", from: "generate_test" },
    merge: {
      kind: "merge",
      from: ["validate_train", "validate_validation", "validate_test"],
      splitByInput: {
        validate_train: "train",
        validate_validation: "validation",
        validate_test: "test",
      },
    },
    train: train({ steps: 25_000 }, { consistency: 0 }),
    train_base: train({ steps: 25_000 }, { consistency: 0, numFlowLayers: 0 }),
    train_inconsistent: train({ steps: SHORT }, { consistency: 0 }),
    train_consistent: train({ steps: SHORT }, { consistency: 0.5 }),
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

function generate(split: keyof typeof SPLITS) {
  return {
    kind: "generate" as const,
    environment: "push-t",
    policy: "dmp",
    options: OPTIONS,
    shard: 250, // a dozen steps each: smaller shards spend their time in commits
    ...SPLITS[split],
  };
}

/** @param options Of the model, beside what it is told of Push-T */
function train(
  { steps }: { readonly steps: number },
  options: { readonly consistency: number; readonly numFlowLayers?: number },
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
