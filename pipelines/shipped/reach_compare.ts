import { definePipeline } from "../declare/graph.ts";

/** A quarter of the action's range: enough to leave the expert's path, not to lose the target. */
const COLLECTION_NOISE = 0.25;

/**
 * Does noise in collection make a better policy? One branch follows the expert exactly, one is
 * pushed off its path and labelled with what the expert would have done. A policy trained on both
 * (`evaluate`) is compared with one trained on the clean branch alone (`evaluate_clean`): the same
 * number of steps, initial weights and unseen episodes, because the streams are the same.
 */
export const reachCompare = definePipeline({
  name: "reach-compare",
  seed: 42,
  stages: {
    generate_clean: { kind: "generate", environment: "reach", episodes: 250 },
    validate_clean: { kind: "validate", from: "generate_clean" },
    filter_clean: { kind: "filter", from: "validate_clean" },
    generate_noisy: {
      kind: "generate",
      environment: "reach",
      episodes: 250,
      actionNoise: COLLECTION_NOISE,
    },
    validate_noisy: { kind: "validate", from: "generate_noisy" },
    filter_noisy: { kind: "filter", from: "validate_noisy" },
    merge: { kind: "merge", from: ["filter_clean", "filter_noisy"] },
    merge_clean: { kind: "merge", from: "filter_clean" },
    train: { kind: "train", from: "merge", steps: 10_000 },
    train_clean: { kind: "train", from: "merge_clean", steps: 10_000, stream: "train" },
    evaluate: { kind: "evaluate", from: "train" },
    evaluate_clean: { kind: "evaluate", from: "train_clean", stream: "evaluate" },
  },
});
