import { definePipeline, type PipelineDeclaration } from "../declare/graph.ts";

/** Knowledge of Push-T that the network gets in addition to its fields. Lengths are in px. */
export const PUSH_T_BODY = {
  point: "observation/agent_pos",
  position: "observation/block_pos",
  angle: "observation/block_angle",
  boxes: [[-60, 60, 0, 30], [-15, 15, 30, 120]], // bar and stem
  radius: 15, // of the agent
  centre: [0, 45], // of gravity
  goal: [256, 256, Math.PI / 4],
  size: 100,
};

/** Noise on targets in collection, so that the planner shows how it recovers (px). */
const NOISE = 6;

const PUSH_T = { environment: "push-t", options: { engine: "chipmunk" } } as const;

/**
 * Push-T solved without a human: demonstrations of the planner, from resets and from starts nearer
 * to the goal, and a policy that draws chunks of targets by flow matching. In each round the policy
 * acts until the planner takes over, and what the planner does from there on joins the demonstrations.
 * The best round is tested on 500 resets that it has not seen, in the physics of gym-pusht.
 */
export const pushtPolicy: PipelineDeclaration = definePipeline({
  name: "pusht-policy",
  stages: {
    generate: {
      kind: "generate",
      ...PUSH_T,
      policy: "planner",
      episodes: 1_500,
      randomize: { start_nearness: [0, 0.9] },
      actionNoise: NOISE,
    },
    validate: { kind: "validate", from: "generate" },
    filter: { kind: "filter", from: "validate", requireSuccess: true },
    rollout: {
      kind: "generate",
      ...PUSH_T,
      // A label of a single state is no chunk: the planner goes on, for more than half of an episode.
      policy: { from: "train", labels: "planner", takeover: 60 },
      episodes: 1_500,
      // From resets alone, with the column that the demonstrations have.
      randomize: { start_nearness: [0, 0] },
    },
    check: { kind: "validate", from: "rollout" },
    merge: {
      kind: "merge",
      from: ["filter", "check"],
      split: { train: 0.96, validation: 0.04, test: 0 },
    },
    train: {
      kind: "train",
      from: "merge",
      model: "chunk-flow",
      steps: 25_000,
      options: { body: PUSH_T_BODY, horizon: 8, nActionSteps: 4, noiseScale: 0.3 },
    },
    validation: { kind: "evaluate", from: "train", episodes: 200 },
    select: {
      kind: "select",
      from: ["train", "validation"],
      metrics: ["success_rate", "mean_max_coverage"],
    },
    evaluate: { kind: "evaluate", from: "select", episodes: 500 },
  },
  rounds: { of: ["rollout", "check", "merge", "train"], count: 2, start: "warm" },
});
