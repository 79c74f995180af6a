import { definePipeline } from "../declare/graph.ts";

/**
 * Largest standard deviation of an episode's torque noise; labels stay what the gait computed
 * (N·m).
 */
const NOISE = 3;

/**
 * Randomization of the candidates. A quarter falls because of the initial tilt; standing for up to
 * a second while the reference moves on shows how to set off.
 */
const RANDOMIZE = {
  friction: true,
  payload: true,
  push: true,
  initial_pose: true,
  delay: true,
} as const;

/** Episodes of 2,500 to 11,600 steps: a shard is some tens of megabytes. */
const SHARD = 8;

/** Nothing that disturbs a walk. */
const CLEAN = { actionNoise: 0, randomize: { delay: true } } as const;

/** Ten seconds. */
const WALK_STEPS = 2_500;

/** Number of test episodes: 20 seeded starts of each of the four test paths, in turn. */
const TEST_EPISODES = 80;

/** Stages that collect stable episodes: what is followed, and how many. */
const collect = {
  kind: "generate",
  environment: "quadruped",
  shard: SHARD,
  actionNoise: NOISE,
  noiseKind: "ornstein-uhlenbeck",
} as const;

const commands = {
  ...collect,
  options: { path: "commands" },
  episodes: 30,
  randomize: RANDOMIZE,
} as const;

const walks = {
  ...collect,
  options: { path: "random" },
  episodes: 90,
  randomize: RANDOMIZE,
} as const;

/** The dataset: two branches, of which the stable episodes are one. */
const dataset = {
  generate_commands: commands,
  validate_commands: { kind: "validate", from: "generate_commands" },
  filter_commands: { kind: "filter", from: "validate_commands" },
  generate_walks: walks,
  validate_walks: { kind: "validate", from: "generate_walks" },
  filter_walks: { kind: "filter", from: "validate_walks" },
  merge: { kind: "merge", from: ["filter_commands", "filter_walks"] },
} as const;

/**
 * Training in 30 epochs instead of the model's 100: it follows the paths as well, in a third of the
 * time.
 */
const train = {
  kind: "train",
  model: "path-policy",
  options: { epochs: 30 },
} as const;

const evaluate = {
  kind: "evaluate",
  options: { path: "four" },
  episodes: TEST_EPISODES,
  maxSteps: WALK_STEPS,
  shard: 20,
} as const;

/**
 * Commands with standing breaks and walks along random paths, of which the stable ones train a
 * policy that follows paths: `evaluate` walks circle, figure8, straight and zigzag, 20 starts each,
 * without and with pushes of 15 N once a second; `evaluate_source` the zigzag of the source, which
 * is twice as fast.
 */
export const quadrupedWalk = definePipeline({
  name: "quadruped-walk",
  seed: 42,
  stages: {
    ...dataset,
    train: { ...train, from: "merge" },
    evaluate: { ...evaluate, from: "train", testPush: 15 },
    evaluate_source: {
      ...evaluate,
      from: "train",
      options: { path: "zigzag_source" },
      episodes: 20,
    },
  },
});

/**
 * Pipeline that shows the effect of collection noise and of the heading frame: a policy from noisy
 * data, one from clean data, and one from noisy data that sees state and path in the world frame.
 */
export const quadrupedAblation = definePipeline({
  name: "quadruped-ablation",
  seed: 42,
  stages: {
    ...dataset,
    generate_commands_clean: { ...commands, ...CLEAN },
    filter_commands_clean: { kind: "filter", from: "generate_commands_clean" },
    generate_walks_clean: { ...walks, ...CLEAN },
    filter_walks_clean: { kind: "filter", from: "generate_walks_clean" },
    merge_clean: { kind: "merge", from: ["filter_commands_clean", "filter_walks_clean"] },
    train: { ...train, from: "merge", stream: "train" },
    train_clean: { ...train, from: "merge_clean", stream: "train" },
    train_absolute: {
      ...train,
      from: "merge",
      stream: "train",
      options: { ...train.options, encoding: "absolute" },
    },
    evaluate: { ...evaluate, from: "train", stream: "evaluate" },
    evaluate_clean: { ...evaluate, from: "train_clean", stream: "evaluate" },
    evaluate_absolute: { ...evaluate, from: "train_absolute", stream: "evaluate" },
  },
});
