import { z } from "zod";
import type { JsonValue } from "../../core/canonical.ts";
import { InvalidInputError } from "../../core/errors.ts";
import { suggestRegistered } from "../../core/suggest.ts";
import type { Finding } from "../findings.ts";
import {
  type CompiledParameters,
  parametersOf,
  type ResolvedSite,
  type StageKindDefinition,
} from "./kind.ts";
import type { StagePlan } from "../plan.ts";
import { longestEpisode } from "./longest_episode.ts";
import { factsOf, partsOf, unknownNames } from "./names.ts";
import {
  count,
  type DeclaredInputs,
  fraction,
  inputs,
  json,
  MAX_COUNT,
  name,
  path,
  random,
  type RandomDeclaration,
  stageInput,
  type StageInputDeclaration,
} from "./shared_fields.ts";
import { isReference, textOf } from "./stage_inputs.ts";

/** A stage that trains a model on a dataset. */
export interface TrainDeclaration<Name extends string = string> extends RandomDeclaration {
  readonly kind: "train";
  /** The stage whose dataset it trains on; absent if `dataset` names one. */
  readonly from?: DeclaredInputs<Name>;
  /**
   * Stored dataset to train on, in place of an input stage: a run, or a path in the data directory.
   */
  readonly dataset?: string;
  /**
   * Registered model.
   *
   * @default {"bc"}
   */
  readonly model?: string;
  /** Optimiser steps, in [1, 10^9]; the model's if absent. */
  readonly steps?: number;
  /** Rows of one step, in [1, 65536]; the model's if absent. */
  readonly batch?: number;
  /** Peak learning rate, in (0, 10]; the model's if absent. */
  readonly lr?: number;
  /** Decoupled weight decay (AdamW), in [0, 1]; the model's if absent. */
  readonly weightDecay?: number;
  /** Steps of linear warm-up, in [0, 10^9]; the model's if absent. */
  readonly warmup?: number;
  /** Largest norm of the gradient, in (0, 10^6]; the model's if absent. */
  readonly clip?: number;
  /** Widths of hidden layers, 1 to 16 of them, each in [1, 8192]; the model's if absent. */
  readonly hidden?: readonly number[];
  /** Further hyperparameters of the model, by name; the model's if absent. */
  readonly options?: Readonly<Record<string, JsonValue>>;
  /**
   * Steps between checkpoints, in [1, 10^9].
   *
   * @default {2000}
   */
  readonly checkpointEvery?: number;
  /**
   * Steps between losses on the validation split, in [1, 10^9].
   *
   * @default {1000}
   */
  readonly validateEvery?: number;
  /**
   * Policy to go on from, whose normalisation is kept: a stored one, by a run, a stage of one or a
   * path in the data directory, or `{ from: STAGE }`, that of another train stage.
   */
  readonly initFrom?: string | StageInputDeclaration<Name>;
}

/** Hyperparameters that most models have; which of them one has, and its defaults, it says. */
const hyperparameters = {
  steps: count.describe("Optimiser steps").optional(),
  batch: z.int().min(1).max(65_536).describe("Batch size in rows").optional(),
  lr: z.number().gt(0).max(10).describe("Peak learning rate").optional(),
  weightDecay: fraction.describe("Decoupled weight decay (AdamW)").optional(),
  warmup: z.int().min(0).max(MAX_COUNT).describe("Linear warm-up steps").optional(),
  clip: z.number().gt(0).max(1e6).describe("Gradient clipping norm").optional(),
  hidden: z.array(z.int().min(1).max(8192)).min(1).max(16).describe("Hidden layer widths")
    .optional(),
};

const schema = z.strictObject({
  kind: z.literal("train"),
  from: inputs.optional(),
  dataset: path.describe("Stored dataset to train on, instead of an input stage").optional(),
  model: name.default("bc").describe("Registered model"),
  ...hyperparameters,
  options: z.record(z.string().min(1).max(63), json).default({}).describe(
    "Other hyperparameters of the model, by name",
  ),
  checkpointEvery: count.default(2_000).describe("Steps between checkpoints"),
  validateEvery: count.default(1_000).describe("Steps between evaluations of the validation loss"),
  initFrom: z.union([path, stageInput], {
    error: 'expected a path relative to the data directory, or { from: "train" }',
  }).describe(
    "Policy to initialise from: the path of a stored one, or { from: STAGE } for that of another " +
      "train stage",
  ).optional(),
  ...random,
}).describe("Trains a model on a dataset");

type Train = z.output<typeof schema>;
type Hyperparameter = keyof typeof hyperparameters;

/** Checkpoints that are kept: the last ones and the best. */
const CHECKPOINTS = 4;
/** float32 parameters, and two Adam moments of the same size. */
const BYTES_PER_PARAMETER = 4 * 3;

/** Parameters of a compiled train stage. */
export type TrainParameters = CompiledParameters<
  typeof schema,
  Hyperparameter | "dataset" | "initFrom"
>;

/** Trains a model. */
export const train: StageKindDefinition<"train", typeof schema, TrainParameters> = {
  kind: "train",
  schema,
  reads: { dataset: 1 },
  gives: "model",
  stored: {
    dataset: { type: "dataset", replacesInput: true },
    initFrom: { type: "model", pathOf: textOf, fromStage: "model" },
  },
  identity: {
    codeVersion: 1,
    versions: ["deno", "codec"],
    // How often it saves changes no byte, and stored inputs are named by digest.
    omits: ["checkpointEvery", "dataset", "initFrom"],
    draws: true,
  },
  // A training goes on from its checkpoint however often its worker dies.
  work: { shape: "whole", resource: "learn", retries: "unbounded" },
  isLarge: true,
  isResult: true,
  progress: { unit: "steps", count: "steps", judgedBy: "loss" },
  headline: ["steps", "loss", "validation_loss"],
  lookUp: checkTraining,
  modelOf: ({ model }) => model,
  withDefaults({ stage }, { models }) {
    const resolved = Object.entries(models[stage.model]!.resolve(declaredHyperparameters(stage)));
    const named = resolved.filter(([name]) => HYPERPARAMETERS.includes(name));
    const options = resolved.filter(([name]) => !HYPERPARAMETERS.includes(name));
    return { ...stage, ...Object.fromEntries(named), options: Object.fromEntries(options) };
  },
  estimate({ parameters: { steps, hidden = [], options } }) {
    const weights = hidden.slice(1).reduce((sum, width, i) => sum + width * hidden[i]!, 0);
    const bytes = weights * BYTES_PER_PARAMETER * CHECKPOINTS;
    const { epochs } = options;
    return steps === undefined && typeof epochs === "number"
      ? { shards: 0, count: epochs, unit: "epochs", bytes }
      : { shards: 0, count: steps ?? 0, unit: "steps", bytes };
  },
};

/** Hyperparameters that a train stage names itself; the rest of a model's are its `options`. */
export const HYPERPARAMETERS: readonly string[] = Object.keys(hyperparameters);

/** Returns the hyperparameters that a train stage sets, by name. */
export function declaredHyperparameters(
  stage: Pick<Train, Hyperparameter | "options">,
): Readonly<Record<string, JsonValue>> {
  const named = Object.entries(stage).flatMap(([name, value]) =>
    HYPERPARAMETERS.includes(name) && value !== undefined ? [[name, value] as const] : []
  );
  return { ...stage.options, ...Object.fromEntries(named) };
}

/** Everything that the model of a compiled stage is trained with, its own defaults among it. */
export function hyperparametersOf(stage: StagePlan): Readonly<Record<string, JsonValue>> {
  return declaredHyperparameters(parametersOf(stage, train));
}

/** Weights of one model do not fit another. */
function checkInitial(
  { name, resolution: { stage: { model, initFrom } }, resolutions }: ResolvedSite<Train>,
): readonly Finding[] {
  if (!isReference(initFrom)) return [];
  const found = resolutions.get(initFrom.from)?.stage["model"];
  if (typeof found !== "string" || found === model) return [];
  const path = ["stages", name, "initFrom", "from"];
  const problem = `expected a stage that trains "${model}", found one that trains "${found}"`;
  return [{ check: "unknown-model", path, problem, remedy: "name another, or remove initFrom" }];
}

/** Finds a window of a model that no episode is long enough for. */
function checkWindow(site: ResolvedSite<Train>, steps: JsonValue | undefined): readonly Finding[] {
  const { name, registered: { models }, resolution: { stage } } = site;
  const longest = longestEpisode(name, site),
    parameter = factsOf(models, stage.model)?.window ?? "";
  if (typeof steps !== "number" || longest === null || steps <= longest) return [];
  const path = ["stages", name, "options", parameter];
  const problem = `expected at most ${longest}, the steps of the longest episode, found ${steps}`;
  return [{ check: "out-of-range", path, problem, remedy: "lower it" }];
}

function checkTraining(site: ResolvedSite<Train>): readonly Finding[] {
  const { name: stageName, resolution: { stage }, registered: { models } } = site;
  const path = ["stages", stageName];
  const model = factsOf(models, stage.model);
  if (model === undefined) {
    const problem = `there is no model "${stage.model}"`;
    const remedy = suggestRegistered(stage.model, Object.keys(models));
    return [{ check: "unknown-model", path: [...path, "model"], problem, remedy }];
  }
  const known = Object.keys(model.resolve({}));
  const options = Object.keys(stage.options), declared = declaredHyperparameters(stage);
  const named = Object.keys(declared).filter((name) => !options.includes(name));
  const unknown = [
    ...unknownNames(path, named, known),
    ...unknownNames([...path, "options"], options, known),
  ];
  if (unknown.length > 0) return unknown;
  try {
    const resolved = model.resolve(declared);
    return [...checkInitial(site), ...checkWindow(site, resolved[model.window ?? ""])];
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    return [{ check: "wrong-value", path, ...partsOf(error) }];
  }
}
