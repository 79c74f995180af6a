import { z } from "zod";
import type { EpisodeSource, SavedPolicy } from "../../core/episode.ts";
import { fieldWidth, isFloatVector } from "../training/episode_rows.ts";
import { denseLayers } from "../tape/layers.ts";
import {
  type ModelDefinition,
  type ModelParameters,
  parseConfig,
  type TrainingSetup,
} from "../model.ts";
import { normalizationOf } from "../normalization.ts";
import {
  copyInputs,
  createMlpBatchPolicy,
  createMlpPolicy,
  labelField,
  type NormalizedMlp,
  normalizedMlpNodes,
  type ObservationEncoding,
  regressionData,
  regressionNetwork,
  savedNormalizations,
} from "../normalized_mlp.ts";
import type { OnnxGraph } from "../onnx/onnx_graph.ts";
import { ADAM_DEFAULTS, cosineSchedule } from "../training/optimizer.ts";

const parameters = z.strictObject({
  steps: z.int().min(1).default(50_000).describe("Optimiser steps"),
  batch: z.int().min(1).max(65_536).default(64).describe("Batch size in rows"),
  lr: z.number().gt(0).max(10).default(1e-4).describe("Peak learning rate"),
  weightDecay: z.number().min(0).max(1).default(1e-5).describe("Decoupled weight decay (AdamW)"),
  warmup: z.int().min(0).default(500).describe(
    "Linear warm-up steps, at most a tenth of all steps; then cosine decay to 0",
  ),
  clip: z.number().gt(0).default(1).describe("Gradient clipping norm"),
  hidden: z.array(z.int().min(1).max(8192)).min(1).max(16).default([256, 256]).describe(
    "Hidden layer widths",
  ),
  keep: z.enum(["last", "best"]).default("last").describe(
    "Weights to keep: the last, or the best on the validation split",
  ),
});

const field = z.strictObject({ field: z.string(), width: z.int().min(1) });

/** Schema of a saved policy's inputs and outputs, and its hidden widths. */
const CONFIG = z.strictObject({
  observation: z.array(field).min(1),
  action: field,
  hidden: z.array(z.int().min(1)).min(1),
});

type Config = z.output<typeof CONFIG>;

/** Behaviour cloning: an MLP from one observation to one action, by least squares. */
export const BC: ModelDefinition = {
  name: "bc",
  codeVersion: 1,
  description: "Behaviour cloning: MLP with ReLU from observation to action, mean squared error",
  parameters,
  prepare,
  createNetwork: (config) => regressionNetwork(mlpOf(parseConfig("bc", CONFIG, config))),
  createPolicy: (saved) => createMlpPolicy(saved, ...openMlp(saved)),
  createBatchPolicy: (saved) => createMlpBatchPolicy(saved, ...openMlp(saved)),
  describeOnnx,
};

function mlpOf({ observation, action, hidden }: Config): NormalizedMlp {
  const inputs = observation.reduce((sum, { width }) => sum + width, 0), outputs = action.width;
  return { layers: denseLayers([inputs, ...hidden, outputs]), inputs, outputs };
}

// deno-lint-ignore require-await -- other models read the dataset here
async function prepare(
  source: EpisodeSource,
  resolved: ModelParameters,
  initFrom?: SavedPolicy,
): Promise<TrainingSetup> {
  const { steps, batch, lr, weightDecay, warmup, clip, hidden, keep } = parameters.parse(resolved);
  const label = labelField(source);
  const observation = source.schema.step
    .filter((field) => field.name.startsWith("observation/") && isFloatVector(field))
    .map(({ name }) => ({ field: name, width: fieldWidth(source, name) }));
  const config: Config = {
    observation,
    action: { field: label, width: fieldWidth(source, label) },
    hidden,
  };
  const fields = observation.map(({ field }) => field);
  const normalizations = initFrom === undefined
    ? { observation: normalizationOf(source, fields), action: normalizationOf(source, [label]) }
    : savedNormalizations(initFrom, mlpOf(config));
  return {
    config,
    ...regressionData(source, { observed: { fields }, label, normalizations, batch }),
    steps,
    batch,
    optimizer: {
      ...ADAM_DEFAULTS,
      learningRate: cosineSchedule(lr, steps, warmup),
      weightDecay,
      clip,
    },
    keep,
  };
}

/** The network of a saved policy, and what it reads. */
function openMlp(saved: SavedPolicy): [NormalizedMlp, ObservationEncoding] {
  const mlp = mlpOf(parseConfig("bc", CONFIG, saved.config));
  return [mlp, { observationSize: mlp.inputs, encode: copyInputs }];
}

function describeOnnx(saved: SavedPolicy): OnnxGraph {
  const mlp = mlpOf(parseConfig("bc", CONFIG, saved.config));
  return {
    observationSize: mlp.inputs,
    actionSize: mlp.outputs,
    ...normalizedMlpNodes(saved, mlp, "observation"),
  };
}
