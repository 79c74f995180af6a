import type { PipelineDeclaration } from "../declare/graph.ts";
import { PUSH_T_BODY, pushtPolicy } from "./pusht_policy.ts";

const { stages, rounds } = pushtPolicy;

/** Training seeds of every variant. */
const SEEDS = [1, 2, 3];

const OPTIONS = { body: PUSH_T_BODY, horizon: 8, nActionSteps: 4 };

/** What every variant has, unless it is what it changes. */
const TRAIN = {
  kind: "train",
  model: "chunk-flow",
  // From new weights, so that nothing comes from the policy that collected the data.
  steps: 8_000,
  options: { ...OPTIONS, noiseScale: 0.3 },
} as const;

const EVALUATE = { kind: "evaluate", stream: "ablation", episodes: 500 } as const;

/**
 * What the parts of `pusht-policy` are good for, one at a time, with three training seeds each: the
 * rounds, the body's frame, flow matching against regression, the noise of sampling, and how much of a
 * chunk is executed. All but the clone train on what the rounds of `pusht-policy` have collected, by
 * stages that are the same there, and all meet the same unseen episodes.
 */
export const pushtAblation: PipelineDeclaration = {
  name: "pusht-ablation",
  stages: {
    generate: stages["generate"]!,
    validate: stages["validate"]!,
    filter: stages["filter"]!,
    rollout: stages["rollout"]!,
    check: stages["check"]!,
    merge: stages["merge"]!,
    train: stages["train"]!,
    ablate: {
      ...TRAIN,
      from: `merge[round=${rounds!.count}]`,
      matrix: {
        seed: SEEDS,
        change: {
          none: {},
          "world-frame": { "options.body": null },
          regression: { model: "chunk", options: OPTIONS },
          "noise-0": { "options.noiseScale": 0 },
          "noise-1": { "options.noiseScale": 1 },
          "execute-1": { "options.nActionSteps": 1 },
          "execute-2": { "options.nActionSteps": 2 },
          "execute-8": { "options.nActionSteps": 8 },
        },
      },
    },
    clone: { ...TRAIN, from: "merge[round=0]", matrix: { seed: SEEDS } },
    evaluate: { ...EVALUATE, from: "ablate" },
    evaluate_clone: { ...EVALUATE, from: "clone" },
    compare: {
      kind: "compare",
      from: ["evaluate", "evaluate_clone"],
      baseline: "evaluate[change=none]",
    },
  },
  rounds: rounds!,
};
