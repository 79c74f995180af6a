import { definePipeline, type PipelineDeclaration } from "../../pipelines/mod.ts";
import { PUSH_T_BODY } from "../../pipelines/shipped/pusht_policy.ts";

/** Steps. */
export const CHECKPOINT_EVERY = 50;

/** A job of a few seconds that is long enough in each stage to be killed there. */
export const REACH_JOB = definePipeline({
  name: "crash",
  seed: 5,
  stages: {
    generate: {
      kind: "generate",
      environment: "reach",
      policy: "scripted",
      episodes: 96,
      shard: 8,
      randomize: true,
    },
    validate: { kind: "validate", from: "generate" },
    filter: { kind: "filter", from: "validate" },
    merge: { kind: "merge", from: "filter" },
    train: {
      kind: "train",
      from: "merge",
      model: "bc",
      steps: 2400,
      checkpointEvery: CHECKPOINT_EVERY,
    },
    evaluate: { kind: "evaluate", from: "train", episodes: 32, shard: 2 },
  },
});

/** Both engines of Push-T side by side, with videos: what is killed may be either's. */
export const PUSH_T_JOB = definePipeline({
  name: "crash-push-t",
  seed: 6,
  stages: { ...pushTChain("chipmunk"), ...pushTChain("rapier2d") },
});

function pushTChain(engine: string): PipelineDeclaration["stages"] {
  return {
    [`generate_${engine}`]: {
      kind: "generate",
      environment: "push-t",
      policy: "dmp",
      options: { engine },
      episodes: 32,
      shard: 4,
    },
    [`validate_${engine}`]: { kind: "validate", from: `generate_${engine}` },
    [`merge_${engine}`]: {
      kind: "merge",
      from: `validate_${engine}`,
      holdout: { validation: 5, test: 4 },
      videos: 2,
    },
  };
}

/** Images of every kind, whose chunks are the largest files that a shard has. */
export const CAMERA_JOB = definePipeline({
  name: "crash-cameras",
  seed: 7,
  stages: {
    generate: {
      kind: "generate",
      environment: "pick_place",
      episodes: 8,
      shard: 1,
      cameras: [{ width: 32, height: 32, depth: true, segmentation: true }],
    },
    validate: { kind: "validate", from: "generate" },
    merge: { kind: "merge", from: "validate" },
  },
});

/** Two branches of the quadruped in small: some episodes fall, and every kind of stage is there. */
const QUADRUPED_JOB: PipelineDeclaration = {
  name: "crash-quadruped",
  seed: 8,
  stages: {
    ...quadrupedChain("commands", { options: { path: "forward 0.8, turn_left 0.4" } }),
    ...quadrupedChain("walks", { options: { path: "random" }, maxSteps: 300 }),
    merge: { kind: "merge", from: ["filter_commands", "filter_walks"] },
    train: {
      kind: "train",
      from: "merge",
      model: "path-policy",
      options: { epochs: 30, batch: 64, hidden: [64, 32] },
      checkpointEvery: CHECKPOINT_EVERY,
    },
    evaluate: {
      kind: "evaluate",
      from: "train",
      options: { path: "four" },
      episodes: 16,
      maxSteps: 250,
      shard: 2,
      testPush: 15,
    },
  },
};

function quadrupedChain(
  branch: string,
  walks: { readonly options: { readonly path: string }; readonly maxSteps?: number },
): PipelineDeclaration["stages"] {
  return {
    [`generate_${branch}`]: {
      kind: "generate",
      environment: "quadruped",
      ...walks,
      episodes: 16,
      shard: 2,
      actionNoise: 3,
      noiseKind: "ornstein-uhlenbeck",
      randomize: { push: true, initial_pose: true },
    },
    [`validate_${branch}`]: { kind: "validate", from: `generate_${branch}` },
    [`filter_${branch}`]: { kind: "filter", from: `validate_${branch}` },
  };
}

/** Movements of Push-T and a flow with its consistency terms, in small. */
const FLOW_JOB: PipelineDeclaration = {
  name: "crash-flow",
  seed: 9,
  stages: {
    generate: {
      kind: "generate",
      environment: "push-t",
      policy: "dmp",
      options: { engine: "chipmunk" },
      episodes: 384,
      shard: 32,
    },
    validate: { kind: "validate", from: "generate" },
    merge: { kind: "merge", from: "validate", holdout: { validation: 16, test: 16 } },
    train: {
      kind: "train",
      from: "merge",
      model: "flow",
      steps: 600,
      batch: 64,
      options: { hiddenSize: 24, conditionerHiddenSize: 16, auxHiddenSize: 16 },
      checkpointEvery: CHECKPOINT_EVERY,
    },
    evaluate: { kind: "score", from: ["train", "merge"], transitions: 40 },
  },
};

/** The planner of Push-T, a chunk policy, and rounds in which the planner takes over, in small. */
const PUSH_T_POLICY_JOB: PipelineDeclaration = {
  name: "crash-pusht-policy",
  seed: 10,
  stages: {
    generate: {
      kind: "generate",
      environment: "push-t",
      policy: "planner",
      options: { engine: "chipmunk" },
      episodes: 96,
      shard: 8,
      actionNoise: 6,
      randomize: { start_nearness: [0, 0.9] },
    },
    validate: { kind: "validate", from: "generate" },
    filter: { kind: "filter", from: "validate", requireSuccess: true },
    rollout: {
      kind: "generate",
      environment: "push-t",
      policy: { from: "train", labels: "planner", takeover: 40 },
      options: { engine: "chipmunk" },
      randomize: { start_nearness: [0, 0] },
      episodes: 32,
      shard: 4,
    },
    check: { kind: "validate", from: "rollout" },
    merge: { kind: "merge", from: ["filter", "check"] },
    train: {
      kind: "train",
      from: "merge",
      model: "chunk-flow",
      steps: 600,
      batch: 128,
      hidden: [64, 64],
      options: { body: PUSH_T_BODY },
      checkpointEvery: CHECKPOINT_EVERY,
    },
    validation: { kind: "evaluate", from: "train", episodes: 8, maxSteps: 100, shard: 2 },
    select: { kind: "select", from: ["train", "validation"], metrics: ["mean_max_coverage"] },
    evaluate: { kind: "evaluate", from: "select", episodes: 32, maxSteps: 100, shard: 2 },
  },
  rounds: { of: ["rollout", "check", "merge", "train"], count: 2, start: "warm" },
};

/** Rounds of learning in small: rollouts, datasets, trainings and validations to be killed in. */
export const ROUNDS_JOB: PipelineDeclaration = {
  name: "crash-rounds",
  seed: 11,
  stages: {
    generate: { kind: "generate", environment: "reach", episodes: 8, shard: 4 },
    rollout: {
      kind: "generate",
      environment: "reach",
      policy: { from: "train", mixture: 0.2, labels: "scripted" },
      episodes: 16,
      shard: 2,
      actionNoise: 0.1,
    },
    check: { kind: "validate", from: "rollout" },
    merge: { kind: "merge", from: ["generate", "check"] },
    train: {
      kind: "train",
      from: "merge",
      steps: 400,
      warmup: 20,
      hidden: [64, 64],
      checkpointEvery: CHECKPOINT_EVERY,
    },
    validation: { kind: "evaluate", from: "train", episodes: 8, shard: 2 },
    select: { kind: "select", from: ["train", "validation"] },
    evaluate: { kind: "evaluate", from: "select", episodes: 16, shard: 2, testNoise: 0.1 },
  },
  rounds: { of: ["rollout", "check", "merge", "train"], count: 3, start: "warm" },
};

/** A job that is killed. */
export interface CrashJob {
  readonly declaration: PipelineDeclaration;
  /**
   * Stages in which it is killed, with the shards or checkpoints that each has before its last; 1 for
   * a merge, which is killed as soon as it writes.
   */
  readonly moments: Readonly<Record<string, number>>;
}

/** Jobs by the names that `deno task bench:crash` takes. */
export const CRASH_JOBS = {
  reach: { declaration: REACH_JOB, moments: { generate: 11, train: 44, evaluate: 15 } },
  flow: { declaration: FLOW_JOB, moments: { generate: 11, train: 11 } },
  "pusht-policy": {
    declaration: PUSH_T_POLICY_JOB,
    moments: {
      generate: 11,
      "train[round=0]": 11,
      "rollout[round=1]": 7,
      "train[round=1]": 11,
      "rollout[round=2]": 7,
      "train[round=2]": 11,
      evaluate: 15,
    },
  },
  rounds: {
    declaration: ROUNDS_JOB,
    moments: {
      "train[round=0]": 7,
      "rollout[round=1]": 7,
      "validation[round=1]": 3,
      "check[round=2]": 7,
      "train[round=2]": 7,
      "rollout[round=3]": 7,
      evaluate: 15,
    },
  },
  quadruped: {
    declaration: QUADRUPED_JOB,
    moments: {
      generate_commands: 7,
      validate_walks: 7,
      filter_commands: 7,
      merge: 1,
      train: 9,
      evaluate: 7,
    },
  },
} as const satisfies Readonly<Record<string, CrashJob>>;
