import { definePipeline } from "../declare/graph.ts";

/**
 * Does noise in collection make a better policy, or was it the seed? Three trainings on exact
 * demonstrations and three on demonstrations under action noise meet the same unseen episodes;
 * `compare` says which are better, over seeds and episodes, and `gate` fails the run where a policy
 * of either kind hardly works.
 */
export const reachNoise = definePipeline({
  name: "reach-noise",
  seed: 42,
  stages: {
    generate: {
      kind: "generate",
      environment: "reach",
      episodes: 250,
      // A quarter of the action's range: enough to leave the expert's path, not to lose the target.
      matrix: { actionNoise: [0, 0.25] },
    },
    validate: { kind: "validate", from: "generate" },
    filter: { kind: "filter", from: "validate" },
    merge: { kind: "merge", from: "filter", along: ["actionNoise"] },
    train: { kind: "train", from: "merge", steps: 10_000, matrix: { seed: [1, 2, 3] } },
    evaluate: { kind: "evaluate", from: "train" },
    compare: { kind: "compare", from: "evaluate", margin: 0.02 },
    gate: { kind: "gate", from: "evaluate", conditions: ["success_rate >= 0.5"] },
  },
});
