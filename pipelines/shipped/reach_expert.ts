import { definePipeline } from "../declare/graph.ts";

/**
 * The main job: 1,000 demonstrations of the scripted reach controller with randomized light and
 * friction, a behaviour-cloning policy trained on them, and 100 unseen episodes of that policy.
 */
export const reachExpert = definePipeline({
  name: "reach-expert",
  seed: 42,
  stages: {
    generate: {
      kind: "generate",
      environment: "reach",
      policy: "scripted",
      episodes: 1_000,
      randomize: true,
    },
    validate: { kind: "validate", from: "generate" },
    filter: { kind: "filter", from: "validate" },
    merge: { kind: "merge", from: "filter" },
    train: { kind: "train", from: "merge", model: "bc", steps: 50_000, batch: 64, lr: 1e-4 },
    evaluate: { kind: "evaluate", from: "train", episodes: 100 },
  },
});
