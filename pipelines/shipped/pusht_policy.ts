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

/**
 * Push-T solved without a human: demonstrations of the planner, from resets and from starts nearer
 * to the goal, a policy that draws chunks of targets by flow matching, and 500 resets that it has
 * not seen, in the physics of gym-pusht.
 */
export const pushtPolicy: PipelineDeclaration = definePipeline({
  name: "pusht-policy",
  stages: {
    generate: {
      kind: "generate",
      environment: "push-t",
      policy: "planner",
      options: { engine: "chipmunk" },
      episodes: 2_500,
      randomize: { start_nearness: [0, 0.9] },
      actionNoise: NOISE,
    },
    validate: { kind: "validate", from: "generate" },
    filter: { kind: "filter", from: "validate", requireSuccess: true },
    merge: { kind: "merge", from: "filter", split: { train: 0.96, validation: 0.04, test: 0 } },
    train: {
      kind: "train",
      from: "merge",
      model: "chunk-flow",
      steps: 20_000,
      // Of a trial run of 12,000 steps, on 100 resets with other random numbers than the test:
      // 97 % succeeded with noise 1, 93 % with 0.3, 86 % with none.
      options: { body: PUSH_T_BODY, horizon: 8, nActionSteps: 4, noiseScale: 1 },
    },
    evaluate: { kind: "evaluate", from: "train", episodes: 500 },
  },
});
