import { z } from "zod";
import type { JsonValue } from "../../core/canonical.ts";
import { SPLITS } from "../../core/episode.ts";
import { NOISE_KINDS } from "../../core/noise_kind.ts";
import { CAMERAS } from "./cameras.ts";
import type { StageKind, StagePlan } from "../plan.ts";

/**
 * The parameters of every kind of stage: the one definition from which types, defaults, ranges,
 * help texts and the JSON Schema for editors come.
 */

/** What stages, pipelines and registered things may be called; names become directories. */
export const NAME_PATTERN = /^[a-z][a-z0-9_-]{0,62}$/;

/** The largest seed: what a double holds exactly. */
const MAX_SEED = Number.MAX_SAFE_INTEGER;
/** Bound on every count: beyond it a typing slip is likelier than an intention. */
const MAX_COUNT = 1_000_000_000;

const name = z.string().regex(NAME_PATTERN, {
  error: "expected a name of a-z, 0-9, - and _ that begins with a letter, at most 63 characters",
});
const seed = z.int().min(0).max(MAX_SEED);
const count = z.int().min(1).max(MAX_COUNT);
const fraction = z.number().min(0).max(1);

/** A place in the data root: relative, and never above it. */
const path = z.string().min(1).max(1024).refine(isRelativePath, {
  error: "expected a path relative to the data directory, without .. or a leading /",
});

function isRelativePath(text: string): boolean {
  // deno-lint-ignore no-control-regex -- a NUL or newline in a path is never meant
  if (/^[/\\~]|^[a-zA-Z]:|[\x00-\x1f\\]|:\/\//.test(text)) return false;
  return !text.split("/").includes("..");
}

const json: z.ZodType<JsonValue> = z.json();

const inputs = z.union([name, z.array(name).min(1).max(64)], {
  error: "expected the name of a stage, or a list of names",
}).describe("Input: the name of a stage, or a list of names");

const random = {
  seed: seed.describe("Seed of this stage; the pipeline's where absent").optional(),
  stream: name.describe(
    "Name of the stage's random numbers, the stage's name where absent; stages that share it " +
      "draw the same numbers",
  ).optional(),
};

const range = z.tuple([z.number(), z.number()]).refine(([low, high]) => low <= high, {
  error: "expected [low, high] with low at most high",
});

const randomize = z.union(
  [z.boolean(), z.record(name, z.union([z.boolean(), range]))],
  { error: "expected true, false, or ranges by name, e.g. { friction: [0.8, 1.2] }" },
).default(false).describe(
  "Domain randomization per episode: true for the environment's default ranges, or ranges by " +
    "name (true keeps the default range)",
);

const options = z.record(
  z.string().min(1).max(63),
  z.union([z.boolean(), z.string().max(65_536)]),
  {
    error: 'expected names with true, false or a name, e.g. { engine: "chipmunk" }',
  },
).describe("What the environment leaves to choose, by name, in place of its own choice")
  .optional();

const rollout = {
  options,
  gymConfig: path.describe(
    "Of environment declared: file that declares it, relative to this one. docs/environments.md",
  ).optional(),
  actionConfig: path.describe("Action config of its scripted expert, likewise").optional(),
  maxSteps: count.describe(
    "Control steps after which an episode is cut; at most, and where " +
      "absent, the environment's",
  ).optional(),
  randomize,
  actionNoise: z.number().min(0).max(1e3).default(0).describe(
    "Standard deviation of noise on the applied action, in the action's unit",
  ),
  shard: z.int().min(1).max(4096).default(32).describe("Episodes of one shard of work"),
};

const generate = z.strictObject({
  kind: z.literal("generate"),
  environment: name.describe("Registered environment"),
  policy: name.default("scripted").describe(
    "Policy of the environment: scripted, random, or one of its own",
  ),
  episodes: count.default(100).describe("Accepted episodes to deliver"),
  ...rollout,
  noiseKind: z.enum(NOISE_KINDS).describe(
    "How that noise moves: gaussian (where absent) is drawn at every step; ornstein-uhlenbeck is " +
      "correlated over 50 ms, with a deviation uniform in [0, actionNoise] for each episode",
  ).optional(),
  shard: rollout.shard.unwrap().describe(
    "Episodes of one shard of work; where absent 32, and with cameras fewer, so that one stays " +
      "below 64 MB",
  ).optional(),
  cameras: CAMERAS.optional(),
  attempts: z.strictObject({
    most: z.int().min(2).max(10_000),
    until: z.enum(["success", "valid"]).default("success"),
  }).describe(
    "Tries an episode again, at most so often in all, until it succeeds or is valid; it then has " +
      "a column attempt",
  ).optional(),
  ...random,
}).describe("Simulates episodes, shard by shard");

const validate = z.strictObject({
  kind: z.literal("validate"),
  from: inputs,
}).describe("Checks that episodes are finite, complete and consistent");

const filter = z.strictObject({
  kind: z.literal("filter"),
  from: inputs,
  requireSuccess: z.boolean().default(false).describe("Refuse episodes that do not succeed"),
  maxAttempts: z.int().min(1).max(10_000).default(20).describe(
    "Candidates per requested episode before the chain gives up",
  ),
  limits: z.record(z.string().min(1).max(63), z.number()).default({}).describe(
    "Limits of the environment's stability checks, by name, in place of its own",
  ),
}).describe("Keeps episodes that are physically stable");

const split = z.strictObject({
  train: fraction.gt(0).default(0.8),
  validation: fraction.default(0.1),
  test: fraction.default(0.1),
}).refine((parts) => Math.abs(parts.train + parts.validation + parts.test - 1) < 1e-9, {
  error: "expected fractions that add up to 1",
});

const merge = z.strictObject({
  kind: z.literal("merge"),
  from: inputs,
  split: split.prefault({ train: 0.8, validation: 0.1, test: 0.1 }).describe(
    "Fractions of the episodes in each split",
  ),
  splitByInput: z.record(name, z.enum(SPLITS)).describe(
    "Split of each input as a whole, in place of fractions: for splits of other seeds",
  ).optional(),
  holdout: z.strictObject({
    validation: z.int().min(0).max(MAX_COUNT).default(0),
    test: z.int().min(0).max(MAX_COUNT).default(0),
  }).describe(
    "Episodes of the validation and test splits, in place of fractions; the rest is for training",
  ).optional(),
  videos: z.int().min(1).max(10).describe(
    "First episodes to show as MP4 videos in the run's directory; none where absent",
  ).optional(),
  ...random,
}).describe("Writes the accepted episodes of its inputs as one dataset");

/** Hyperparameters that most models have; which of them one has, and its defaults, it says. */
const hyperparameters = {
  steps: count.describe("Optimiser steps").optional(),
  batch: z.int().min(1).max(65_536).describe("Rows of one step").optional(),
  lr: z.number().gt(0).max(10).describe("Peak learning rate").optional(),
  weightDecay: fraction.describe("Decoupled weight decay (AdamW)").optional(),
  warmup: z.int().min(0).max(MAX_COUNT).describe("Steps of linear warm-up").optional(),
  clip: z.number().gt(0).max(1e6).describe("Largest norm of the gradient").optional(),
  hidden: z.array(z.int().min(1).max(8192)).min(1).max(16).describe("Widths of hidden layers")
    .optional(),
};

const train = z.strictObject({
  kind: z.literal("train"),
  from: inputs.optional(),
  dataset: path.describe("Stored dataset to train on, in place of an input stage").optional(),
  model: name.default("bc").describe("Registered model"),
  ...hyperparameters,
  options: z.record(z.string().min(1).max(63), json).default({}).describe(
    "Further hyperparameters of the model, by name",
  ),
  checkpointEvery: count.default(2_000).describe("Steps between checkpoints"),
  validateEvery: count.default(1_000).describe("Steps between losses on the validation split"),
  initFrom: path.describe("Stored policy to go on from").optional(),
  ...random,
}).describe("Trains a model on a dataset");

const evaluate = z.strictObject({
  kind: z.literal("evaluate"),
  from: inputs.optional(),
  policy: path.describe("Stored policy to evaluate, in place of an input stage").optional(),
  environment: name.describe("Registered environment; the dataset's where absent").optional(),
  episodes: count.default(100).describe("Episodes to run"),
  ...rollout,
  testNoise: z.number().gt(0).max(1e3).describe(
    "Runs every episode once more under Gaussian noise of this standard deviation on the " +
      "applied action, for metric success_rate_noisy",
  ).optional(),
  testPush: z.number().gt(0).max(1e3).describe(
    "Runs every episode once more with a push of so many newtons for 0.1 s once a second, for " +
      "metrics that begin with pushed_; of environments that know such a kick",
  ).optional(),
  ...random,
}).describe("Runs a policy in the simulator");

const score = z.strictObject({
  kind: z.literal("score"),
  from: inputs,
  split: z.enum(SPLITS).default("test").describe("Episodes to predict"),
  samples: z.int().min(1).max(1_000_000).default(1024).describe(
    "Samples of a predicted density; intervals and medians of fewer than 1,024 are biased",
  ),
  transitions: count.default(6000).describe(
    "Transitions of each kind whose density is sampled, evenly spaced over all",
  ),
  compare: z.record(name, name).default({}).describe(
    "Further trained inputs by the role that the model gives them, e.g. { base: train_base }",
  ),
  ...random,
}).describe("Scores a trained model's predictions on episodes that it has not seen");

/** The schema of every kind of stage. */
export const STAGES = { generate, validate, filter, merge, train, evaluate, score } as const;

/** Every kind of stage, in the order of a pipeline. */
export const STAGE_KINDS = Object.keys(STAGES) as readonly StageKind[]; // keys of a literal

/** A whole pipeline as a file holds it. Names of stages are checked by `checks.ts`. */
export const PIPELINE = z.strictObject({
  $schema: z.string().max(1024).describe("JSON Schema for editors; not read").optional(),
  name: name.describe("Name of the pipeline; its runs lie in runs/<name>"),
  seed: seed.default(0).describe("Seed from which every random number comes"),
  stages: z.record(
    name,
    z.discriminatedUnion("kind", [
      generate,
      validate,
      filter,
      merge,
      train,
      evaluate,
      score,
    ]),
  ).describe("Stages by name"),
}).describe("A Sluice pipeline");

/** How often an evaluation runs its episodes, and why. */
export type Round = "plain" | "noisy" | "pushed";

/** The rounds of an evaluation, in the order of its shards. */
export function evaluationRounds(
  { testNoise, testPush }: Pick<z.output<typeof evaluate>, "testNoise" | "testPush">,
): readonly Round[] {
  return [
    "plain",
    ...(testNoise === undefined ? [] : ["noisy"] as const),
    ...(testPush === undefined ? [] : ["pushed"] as const),
  ];
}

/** What is kept of a stage beside its parameters. */
type Frame = "kind" | "from" | "seed" | "stream";

/** What is read before a stage is compiled; then it is among its options. */
type ConfigFile = "gymConfig" | "actionConfig";

type Hyperparameter = keyof typeof hyperparameters;

/** Hyperparameters that a train stage names itself; the rest of a model's are its `options`. */
export const HYPERPARAMETERS: readonly string[] = Object.keys(hyperparameters);

/** What a train stage sets of its model, by name. */
export function declaredHyperparameters(
  stage: Pick<z.output<typeof train>, Hyperparameter | "options">,
): Readonly<Record<string, JsonValue>> {
  const named = Object.entries(stage).flatMap(([name, value]) =>
    HYPERPARAMETERS.includes(name) && value !== undefined ? [[name, value] as const] : []
  );
  return { ...stage.options, ...Object.fromEntries(named) };
}

/** Everything that the model of a compiled stage is trained with, its own defaults among it. */
export function hyperparametersOf(stage: StagePlan): Readonly<Record<string, JsonValue>> {
  return declaredHyperparameters(parametersOf(stage, "train"));
}

/** The same parameters, none of them open. */
type Filled<Parameters> = {
  readonly [Name in keyof Parameters]-?: Exclude<Parameters[Name], undefined>;
};

/** Parameters of a compiled stage, by kind: every default filled in. */
export interface StageParameters {
  readonly generate:
    & Filled<
      Omit<
        z.output<typeof generate>,
        Frame | ConfigFile | "options" | "noiseKind" | "cameras" | "attempts"
      >
    >
    & Pick<z.output<typeof generate>, "options" | "noiseKind" | "cameras" | "attempts">;
  readonly validate: Filled<Omit<z.output<typeof validate>, Frame>>;
  readonly filter: Filled<Omit<z.output<typeof filter>, Frame>>;
  readonly merge:
    & Filled<Omit<z.output<typeof merge>, Frame | "splitByInput" | "holdout" | "videos">>
    & Pick<z.output<typeof merge>, "splitByInput" | "holdout" | "videos">;
  readonly train:
    & Filled<Omit<z.output<typeof train>, Frame | Hyperparameter | "dataset" | "initFrom">>
    & Pick<z.output<typeof train>, Hyperparameter>
    & { readonly dataset?: string; readonly initFrom?: string };
  readonly evaluate:
    & Filled<
      Omit<
        z.output<typeof evaluate>,
        Frame | ConfigFile | "options" | "policy" | "testNoise" | "testPush"
      >
    >
    & Pick<z.output<typeof evaluate>, "options" | "testNoise" | "testPush">
    & { readonly policy?: string };
  readonly score: Filled<Omit<z.output<typeof score>, Frame>>;
}

/**
 * The parameters of a compiled stage, typed by its kind.
 *
 * @throws {TypeError} If the stage is of another kind
 */
export function parametersOf<Kind extends StageKind>(
  stage: StagePlan,
  kind: Kind,
): StageParameters[Kind] {
  if (stage.kind !== kind) {
    throw new TypeError(
      `Cannot read parameters of "${stage.name}": expected ${kind}, found ${stage.kind}`,
    );
  }
  // compilePipeline() validated them by the schema of this kind and filled in what it leaves open.
  return stage.parameters as unknown as StageParameters[Kind];
}
