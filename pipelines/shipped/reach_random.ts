import { definePipeline } from "../declare/graph.ts";

/**
 * Exploration data: 100 episodes of uniformly random actions. It ends with the dataset, because a
 * clone of random actions has nothing to be evaluated for.
 */
export const reachRandom = definePipeline({
  name: "reach-random",
  seed: 42,
  stages: {
    generate: { kind: "generate", environment: "reach", policy: "random", episodes: 100 },
    validate: { kind: "validate", from: "generate" },
    filter: { kind: "filter", from: "validate" },
    merge: { kind: "merge", from: "filter" },
  },
});
