import { definePipeline } from "../declare/graph.ts";

/**
 * Standard deviation of noise on the action, in collection and in the test. The expert solves 99 %
 * of episodes under it; under 0.2 the cube stays at the goal for long enough in three of five only.
 */
const NOISE = 0.15;

/**
 * Grasping a cube by friction and holding it at a goal: half of the demonstrations follow the
 * expert exactly, half are pushed off its path and labelled with what it would have done. The
 * policy is evaluated on unseen episodes without (`success_rate`) and with action noise
 * (`success_rate_noisy`).
 */
export const pickPlaceExpert = pickPlacePipeline("pick-place-expert", {});

/** The same with the cube turned by up to 0.6 rad either way, in training and in the test. */
export const pickPlaceYaw = pickPlacePipeline("pick-place-yaw", { object_yaw: true });

/** @param variation What varies beside light and friction, and in the test too */
function pickPlacePipeline(name: string, variation: Readonly<Record<string, true>>) {
  const randomize = { light_direction: true, friction: true, ...variation };
  return definePipeline({
    name,
    seed: 42,
    stages: {
      generate: { kind: "generate", environment: "pick_place", episodes: 1_000, randomize },
      validate: { kind: "validate", from: "generate" },
      filter: { kind: "filter", from: "validate", requireSuccess: true },
      generate_noisy: {
        kind: "generate",
        environment: "pick_place",
        episodes: 1_000,
        randomize,
        actionNoise: NOISE,
      },
      validate_noisy: { kind: "validate", from: "generate_noisy" },
      filter_noisy: { kind: "filter", from: "validate_noisy", requireSuccess: true },
      merge: { kind: "merge", from: ["filter", "filter_noisy"] },
      // Ten times the model's own rate, with which 100 of 100 test episodes succeeded.
      train: { kind: "train", from: "merge", model: "bc", steps: 50_000, batch: 64, lr: 1e-3 },
      evaluate: {
        kind: "evaluate",
        from: "train",
        episodes: 100,
        randomize: variation,
        testNoise: NOISE,
      },
    },
  });
}
