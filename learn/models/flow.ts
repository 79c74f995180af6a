import { z } from "zod";
import type { EpisodeSource, FieldSpec, SavedPolicy } from "../../core/episode.ts";
import { ACTIVATIONS, ARCHITECTURE, SCALE_FUNCTIONS } from "../flow/architecture.ts";
import { type Body, BODY_FIELDS } from "../flow/body.ts";
import { bridgeWeights } from "../flow/bridge.ts";
import { FLOW_CONFIG, type FlowConfig, flowFields } from "../flow/config.ts";
import {
  columnsOf,
  conditionNormalization,
  episodeFields,
  noiseOf,
  stepFields,
  widthOf,
} from "../flow/fields.ts";
import { recordFlowLoss } from "../flow/losses.ts";
import {
  openPairBatches,
  openPairValidation,
  type PairBatchOptions,
} from "../flow/pair_batches.ts";
import { type MotionRule, motionRule } from "../flow/pairs.ts";
import { PLAN_FIELDS } from "../flow/plan.ts";
import { FLOW_SCORING } from "../flow/score.ts";
import { type FlowColumns, readTrajectories } from "../flow/trajectories.ts";
import { transitionWeights } from "../flow/transition.ts";
import {
  type ModelDefinition,
  type ModelParameters,
  parseConfig,
  type TrainingSetup,
} from "../model.ts";
import {
  type Normalization,
  normalizationOf,
  normalizationTensors,
  savedNormalization,
} from "../normalization.ts";
import { ADAM_DEFAULTS, cosineSchedule } from "../training/optimizer.ts";

const width = z.int().min(1).max(8192);
const depth = z.int().min(1).max(16);
const layers = z.int().min(0).max(32);
const names = z.array(z.string().min(1).max(128)).max(64);

const parameters = z.strictObject({
  steps: z.int().min(1).default(25_000).describe("Optimiser steps"),
  batch: z.int().min(1).max(65_536).default(256).describe("Batch size in pairs"),
  lr: z.number().gt(0).max(10).default(1e-3).describe("Peak learning rate"),
  weightDecay: z.number().min(0).max(1).default(0).describe("Decoupled weight decay (AdamW)"),
  warmup: z.int().min(0).default(0).describe(
    "Linear warm-up steps, at most a tenth of all steps; then cosine decay to 0",
  ),
  clip: z.number().gt(0).default(1).describe("Gradient clipping norm"),
  hiddenSize: width.default(128).describe("Hidden width of the base network"),
  depth: depth.default(2).describe("Hidden layers of the base network"),
  conditionerHiddenSize: width.default(128).describe("Hidden width of each coupling's conditioner"),
  conditionerDepth: depth.default(2).describe("Hidden layers of each coupling's conditioner"),
  numFlowLayers: layers.default(4).describe("Affine coupling layers"),
  scaleFn: z.enum(SCALE_FUNCTIONS).default("tanh_exp").describe("Scale function of the couplings"),
  activation: z.enum(ACTIVATIONS).default("silu").describe("Activation function of all networks"),
  auxHiddenSize: width.default(128).describe("Hidden width of the bridge's base network"),
  auxDepth: depth.default(2).describe("Hidden layers of the bridge's base network"),
  auxConditionerHiddenSize: width.default(128).describe(
    "Hidden width of each bridge coupling's conditioner",
  ),
  auxConditionerDepth: depth.default(2).describe(
    "Hidden layers of each bridge coupling's conditioner",
  ),
  auxNumFlowLayers: layers.default(2).describe("Affine coupling layers of the bridge"),
  auxScaleFn: z.enum(SCALE_FUNCTIONS).default("tanh_exp").describe(
    "Scale function of the bridge couplings",
  ),
  consistency: z.number().min(0).max(100).default(0.5).describe(
    "Weight of both flow-consistency terms; 0 trains no bridge",
  ),
  consistencyWarmup: z.number().min(0).max(1).default(0.5).describe(
    "Fraction of training over which the consistency weight ramps up from 0, so that " +
      "transitions are learned first",
  ),
  robust: z.number().min(0).max(100).default(1).describe(
    "Weight of the robust error on the base's mean",
  ),
  maxSteps: z.int().min(1).max(1000).default(10).describe(
    "Maximum number of control steps between the states of a pair",
  ),
  targetNoise: z.record(z.string(), z.number().min(0)).default({ px: 1, rad: 0.01 }).describe(
    "Standard deviation of noise on later states, by unit",
  ),
  oneStep: z.number().min(0).max(1).default(0).describe(
    "Fraction of pairs one step apart; uniform sampling would draw few of these sharper, " +
      "short transitions",
  ),
  oversample: z.number().min(0).max(0.9).default(0.5).describe(
    "Fraction of each batch that starts at moving states, importance-weighted",
  ),
  moving: names.default(["observation/block_pos"]).describe(
    "Fields that define a moving state: a change of more than 1 within 3 steps",
  ),
  state: names.default([]).describe("Step fields to predict; empty means all observations"),
  condition: names.default([]).describe(
    "Episode fields to condition on; empty means those of the movement (dmp/...)",
  ),
  plan: PLAN_FIELDS.nullable().default(null).describe(
    "Fields of the targets that the state follows, { targets, start, duration }, also " +
      "used as input",
  ),
  body: BODY_FIELDS.nullable().default(null).describe(
    "Fields and shape of a body in the plane, { point, position, angle, boxes, radius, size }, in " +
      "whose frame points are seen and its movement predicted",
  ),
  keep: z.enum(["last", "best"]).default("best").describe(
    "Weights to keep: the last, or the best on the validation split",
  ),
});

/** The density of later states: a conditional neural stochastic flow. */
export const FLOW: ModelDefinition = {
  name: "flow",
  codeVersion: 4,
  description: "Conditional neural stochastic flow: density of the state some steps later",
  parameters,
  prepare,
  createNetwork(config) {
    const { architecture, consistency, robust } = parseConfig("flow", FLOW_CONFIG, config);
    return {
      weights: [
        ...transitionWeights(architecture),
        ...(consistency > 0 ? bridgeWeights(architecture) : []),
      ],
      recordLoss: (tape) => recordFlowLoss(tape, architecture, { consistency, robust }),
    };
  },
  scoring: FLOW_SCORING,
};

async function prepare(
  source: EpisodeSource,
  resolved: ModelParameters,
  initFrom?: SavedPolicy,
): Promise<TrainingSetup> {
  const options = parameters.parse(resolved);
  const { state, condition } = await openColumns(source, options, initFrom);
  const config = configOf(source, options, { state, condition });
  const fields = flowFields(config, state, condition);
  const noise = noiseOf(source, state.fields, options.targetNoise);
  const drawing = drawingOf(options, {
    noise: noise.map((sigma, j) => sigma / state.normalization.scale[j]!),
    rule: motionRule(source, state, options.moving),
  });
  return {
    config,
    constants: {
      ...normalizationTensors("state", state.normalization),
      ...normalizationTensors("condition", condition.normalization),
      "state/noise": { shape: [noise.length], data: noise },
    },
    steps: options.steps,
    batch: options.batch,
    optimizer: {
      ...ADAM_DEFAULTS,
      learningRate: cosineSchedule(options.lr, options.steps, options.warmup),
      weightDecay: options.weightDecay,
      clip: options.clip,
    },
    keep: options.keep,
    async openBatches(seed, stream) {
      const trajectories = await readTrajectories(source, "train", fields);
      return openPairBatches(trajectories, { ...drawing, seed, stream });
    },
    async openValidation() {
      const trajectories = await readTrajectories(source, "validation", fields);
      return openPairValidation(trajectories, { ...drawing, seed: 0, stream: "validation" });
    },
  };
}

/**
 * Opens the columns of state and condition, normalised like those of the policy that training
 * starts from, or else by the dataset.
 */
async function openColumns(
  source: EpisodeSource,
  options: z.output<typeof parameters>,
  initFrom: SavedPolicy | undefined,
): Promise<{ readonly state: FlowColumns; readonly condition: FlowColumns }> {
  const { state, condition } = fieldsOf(source, options);
  const kept = (name: string, size: number): Normalization | null =>
    initFrom === undefined ? null : savedNormalization(initFrom, name, size);
  return {
    state: {
      fields: state,
      normalization: kept("state", widthOf(stepFields(source, state))) ??
        normalizationOf(source, state),
    },
    condition: {
      fields: condition,
      normalization: kept("condition", widthOf(episodeFields(source, condition))) ??
        await conditionNormalization(source, condition),
    },
  };
}

/** Returns the options for drawing pairs. */
function drawingOf(
  { batch, maxSteps, steps, consistency, consistencyWarmup, oneStep, oversample }: z.output<
    typeof parameters
  >,
  { noise, rule }: Pick<PairBatchOptions, "noise"> & { readonly rule: MotionRule | null },
): Omit<PairBatchOptions, "seed" | "stream"> {
  return {
    batch,
    maxSteps,
    noise,
    consistency: consistency > 0 ? { warmup: Math.round(consistencyWarmup * steps) } : null,
    oneStep,
    oversample: rule === null ? null : { share: oversample, rule },
  };
}

/** Names of the fields that are predicted and given, by default those that there are. */
function fieldsOf({ schema }: EpisodeSource, { state, condition }: z.output<typeof parameters>): {
  readonly state: readonly string[];
  readonly condition: readonly string[];
} {
  const floats = (specs: readonly FieldSpec[], prefix: string): readonly string[] =>
    specs.filter(({ name, dtype }) => name.startsWith(prefix) && dtype.startsWith("float"))
      .map(({ name }) => name);
  return {
    state: state.length > 0 ? state : floats(schema.step, "observation/"),
    condition: condition.length > 0 ? condition : floats(schema.episode, "dmp/"),
  };
}

function configOf(
  source: EpisodeSource,
  options: z.output<typeof parameters>,
  { state, condition }: { readonly state: FlowColumns; readonly condition: FlowColumns },
): FlowConfig {
  const { consistency, robust, maxSteps, plan, body, moving } = options;
  if (plan !== null) {
    stepFields(source, [plan.targets]);
    episodeFields(source, [plan.duration]);
  }
  return {
    architecture: ARCHITECTURE.strip().parse({
      ...options,
      state: state.normalization.mean.length,
      condition: condition.normalization.mean.length,
      plan: plan === null ? null : { columns: columnsOf(source, state.fields, plan.start) },
      body: body === null ? null : bodyOf(source, state, body),
    }),
    state: [...state.fields],
    condition: [...condition.fields],
    plan,
    moving: [...moving],
    maxSteps,
    controlHz: source.schema.controlHz,
    consistency,
    robust,
  };
}

/** A body by the columns of the state. */
function bodyOf(
  source: EpisodeSource,
  { fields, normalization: { mean, scale } }: FlowColumns,
  { point, position, angle, ...shape }: z.output<typeof BODY_FIELDS>,
): Body {
  const components = (field: string, width: number) =>
    columnsOf(source, fields, field, width)
      .map((column) => ({ column, mean: mean[column]!, scale: scale[column]! }));
  const [pointX, pointY] = components(point, 2), [x, y] = components(position, 2);
  const [turn] = components(angle, 1);
  return { point: [pointX!, pointY!], position: [x!, y!], angle: turn!, ...shape };
}
