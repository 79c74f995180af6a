import { z } from "zod";
import type { JsonValue } from "../../core/canonical.ts";
import { isRelativePlace, NAME_PATTERN, STAGE_NAME_PATTERN } from "../places.ts";

/** Parameters that several kinds of stage share, with their ranges and help texts. */

/** An input stage by name, or some of its variants by their factors, `train[lr=0.0001]`. */
export type DeclaredInput<Name extends string = string> = Name | `${Name}[${string}]`;

/** Input stages of a stage, by name: one, or a list. */
export type DeclaredInputs<Name extends string = string> =
  | DeclaredInput<Name>
  | readonly DeclaredInput<Name>[];

/** A stage of the same pipeline as the value of a parameter, which makes it an input. */
export interface StageInputDeclaration<Name extends string = string> {
  /** Its name. */
  readonly from: DeclaredInput<Name>;
}

/** Declaration of a stage's random numbers. */
export interface RandomDeclaration {
  /** Seed of this stage, an integer in [0, 2^53); the pipeline's if absent. */
  readonly seed?: number;
  /**
   * Name of the stage's random numbers, the stage's name if absent: stages that share it draw the
   * same numbers.
   */
  readonly stream?: string;
}

/** Declaration of the episodes of a stage that simulates. */
export interface RolloutDeclaration extends RandomDeclaration {
  /** Options of the environment, by name: true, false or a name of at most 65,536 characters. */
  readonly options?: Readonly<Record<string, boolean | string>>;
  /** File that declares environment `declared`, relative to the declaration. */
  readonly gymConfig?: string;
  /** File with the action config of its scripted expert, relative to the declaration. */
  readonly actionConfig?: string;
  /**
   * Control steps after which an episode is cut, at least 1; at most, and if absent, the
   * environment's.
   */
  readonly maxSteps?: number;
  /**
   * Domain randomization per episode: true for the environment's default ranges, or `[low, high]` by
   * name, where true keeps the default range.
   *
   * @default {false}
   */
  readonly randomize?:
    | boolean
    | Readonly<Record<string, boolean | readonly [low: number, high: number]>>;
  /**
   * Standard deviation of noise on the applied action, in [0, 1000], in the action's unit.
   *
   * @default {0}
   */
  readonly actionNoise?: number;
}

/** The largest seed: what a double holds exactly. */
const MAX_SEED = Number.MAX_SAFE_INTEGER;
/** Bound on every count: beyond it a typing slip is likelier than an intention. */
export const MAX_COUNT = 1_000_000_000;

const NAME_ERROR =
  "expected a name of a-z, 0-9, - and _ that begins with a letter, at most 63 characters";

export const name = z.string().regex(NAME_PATTERN, { error: NAME_ERROR });

/** A stage, or variants of it: `train`, `train[lr=0.0001,seed=2]`. */
export const stageName = z.string().regex(STAGE_NAME_PATTERN, { error: NAME_ERROR });
export const seed = z.int().min(0).max(MAX_SEED);
export const count = z.int().min(1).max(MAX_COUNT);
export const fraction = z.number().min(0).max(1);

/** A place in the data root: relative, and never above it. */
export const path = z.string().min(1).max(1024).refine(isRelativePlace, {
  error: "expected a path relative to the data directory, without .. or a leading /",
});

export const json: z.ZodType<JsonValue, JsonValue> = z.json();

/** Inputs that a stage may have: all variants of a few stages. */
export const MAX_INPUTS = 16_384;

export const inputs = z.union([stageName, z.array(stageName).min(1).max(MAX_INPUTS)], {
  error: "expected the name of a stage, or a list of names",
}).describe("Input: the name of a stage, or a list of names");

export const stageInput = z.strictObject({ from: stageName.describe("Stage of this pipeline") });

export const random = {
  seed: seed.describe("Seed of this stage (default the pipeline's)").optional(),
  stream: name.describe(
    "Name of the stage's random stream (default the stage's name); stages that share a " +
      "stream draw the same numbers",
  ).optional(),
};

const range = z.tuple([z.number(), z.number()]).refine(([low, high]) => low <= high, {
  error: "expected [low, high] with low at most high",
});

const randomize = z.union(
  [z.boolean(), z.record(name, z.union([z.boolean(), range]))],
  { error: "expected true, false, or ranges by name, e.g. { friction: [0.8, 1.2] }" },
).default(false).describe(
  "Domain randomization per episode: true for the environment's default ranges, or " +
    "ranges by name (true for a name keeps its default range)",
);

const options = z.record(
  z.string().min(1).max(63),
  z.union([z.boolean(), z.string().max(65_536)]),
  {
    error: 'expected names with true, false or a name, e.g. { engine: "chipmunk" }',
  },
).describe("Options of the environment, by name (default the environment's)")
  .optional();

export const rollout = {
  options,
  gymConfig: path.describe(
    "For environment declared: gym config file, relative to this file (see " +
      "docs/environments.md)",
  ).optional(),
  actionConfig: path.describe(
    "For environment declared: action config of its scripted expert, relative to this " +
      "file",
  ).optional(),
  maxSteps: count.describe(
    "Maximum episode length in control steps (default and upper limit the environment's)",
  ).optional(),
  randomize,
  actionNoise: z.number().min(0).max(1e3).default(0).describe(
    "Standard deviation of noise on the applied action (in the action's unit)",
  ),
  shard: z.int().min(1).max(4096).default(32).describe("Episodes per shard"),
};

/** Schema of the fields of {@linkcode rollout}, for their type. */
export const rolloutSchema = z.object(rollout);
