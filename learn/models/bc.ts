import { z } from "zod";
import type { EpisodeSource, SavedPolicy } from "../../core/episode.ts";
import { fieldWidth, type InputColumns, isFloatVector } from "../episode_rows.ts";
import { createForward } from "../forward.ts";
import { denseLayers, type Layer, recordLayers, weightsOf } from "../layers.ts";
import {
  type ModelDefinition,
  type ModelParameters,
  parseConfig,
  type TrainingSetup,
} from "../model.ts";
import { type Normalization, normalizationOf } from "../normalization.ts";
import { normalizationTensors, savedNormalization } from "../normalization.ts";
import { layerNodes, type OnnxGraph } from "../onnx_graph.ts";
import { meanSquaredError } from "../ops.ts";
import { ADAM_DEFAULTS, cosineSchedule } from "../optimizer.ts";
import type { PolicyFunction } from "../policy.ts";
import { openRowBatches } from "../row_batches.ts";
import { openValidationRows } from "../validation_rows.ts";

const parameters = z.strictObject({
  steps: z.int().min(1).default(50_000).describe("Optimiser steps"),
  batch: z.int().min(1).max(65_536).default(64).describe("Rows of one step"),
  lr: z.number().gt(0).max(10).default(1e-4).describe("Peak learning rate"),
  weightDecay: z.number().min(0).max(1).default(1e-5).describe("Decoupled weight decay (AdamW)"),
  warmup: z.int().min(0).default(500).describe(
    "Steps of linear warm-up, at most a tenth of all; a cosine down to 0 follows",
  ),
  clip: z.number().gt(0).default(1).describe("Largest norm of the gradient"),
  hidden: z.array(z.int().min(1).max(8192)).min(1).max(16).default([256, 256]).describe(
    "Widths of hidden layers",
  ),
  keep: z.enum(["last", "best"]).default("last").describe(
    "Weights of the policy: the last, or the best on the validation split",
  ),
});

const field = z.strictObject({ field: z.string(), width: z.int().min(1) });

/** What a saved policy reads and gives, and its hidden widths. */
const CONFIG = z.strictObject({
  observation: z.array(field).min(1),
  action: field,
  hidden: z.array(z.int().min(1)).min(1),
});

type Config = z.output<typeof CONFIG>;

/** Behaviour cloning: a perceptron from one observation to one action, by least squares. */
export const BC: ModelDefinition = {
  name: "bc",
  codeVersion: 1,
  description: "Behaviour cloning: MLP with ReLU from observation to action, mean squared error",
  parameters,
  prepare,
  createNetwork(config) {
    const parsed = parseConfig("bc", CONFIG, config);
    const { layers, inputs, outputs } = architecture(parsed);
    return {
      weights: weightsOf(layers),
      recordLoss(tape) {
        const prediction = recordLayers(tape, tape.input("observation", inputs), layers);
        meanSquaredError(tape, prediction, tape.input("action", outputs));
      },
    };
  },
  createPolicy,
  describeOnnx,
};

function architecture(config: Config): {
  readonly layers: readonly Layer[];
  readonly inputs: number;
  readonly outputs: number;
} {
  const inputs = config.observation.reduce((sum, { width }) => sum + width, 0);
  const outputs = config.action.width;
  return { layers: denseLayers([inputs, ...config.hidden, outputs]), inputs, outputs };
}

/** Both normalisations of a saved policy. */
function normalizations(saved: SavedPolicy, config: Config): {
  readonly observation: Normalization;
  readonly action: Normalization;
} {
  const { inputs, outputs } = architecture(config);
  return {
    observation: savedNormalization(saved, "observation", inputs),
    action: savedNormalization(saved, "action", outputs),
  };
}

// deno-lint-ignore require-await -- other models read the dataset here
async function prepare(
  source: EpisodeSource,
  resolved: ModelParameters,
  initFrom?: SavedPolicy,
): Promise<TrainingSetup> {
  const { steps, batch, lr, weightDecay, warmup, clip, hidden, keep } = parameters.parse(resolved);
  const names = source.schema.step.map(({ name }) => name);
  // With collection noise the action is what was applied, the label what the expert asked for.
  const label = names.includes("action_label") ? "action_label" : "action";
  const observation = source.schema.step
    .filter((field) => field.name.startsWith("observation/") && isFloatVector(field))
    .map(({ name }) => ({ field: name, width: fieldWidth(source, name) }));
  const config: Config = {
    observation,
    action: { field: label, width: fieldWidth(source, label) },
    hidden,
  };
  const fields = observation.map(({ field }) => field);
  const normalization = initFrom === undefined
    ? { observation: normalizationOf(source, fields), action: normalizationOf(source, [label]) }
    : normalizations(initFrom, config);
  const columns: InputColumns[] = [
    { input: "observation", fields, ...normalization.observation },
    { input: "action", fields: [label], ...normalization.action },
  ];
  return {
    config,
    constants: {
      ...normalizationTensors("observation", normalization.observation),
      ...normalizationTensors("action", normalization.action),
    },
    steps,
    batch,
    optimizer: {
      ...ADAM_DEFAULTS,
      learningRate: cosineSchedule(lr, steps, warmup),
      weightDecay,
      clip,
    },
    keep,
    openBatches: (seed, stream) => openRowBatches(source, { columns, batch, seed, stream }),
    openValidation: () => openValidationRows(source, columns),
  };
}

function createPolicy(saved: SavedPolicy): PolicyFunction {
  const config = parseConfig("bc", CONFIG, saved.config);
  const { layers, inputs } = architecture(config);
  const { observation: from, action: to } = normalizations(saved, config);
  const { input, output, run } = createForward(weightsOf(layers), saved.tensors, (tape) => {
    const x = tape.input("observation", inputs);
    return { input: x, output: recordLayers(tape, x, layers) };
  });
  const action = new Float32Array(output.length);
  return (observation) => {
    if (observation.length !== inputs) {
      throw new RangeError(
        `Cannot run policy: expected an observation of ${inputs} numbers, ` +
          `found ${observation.length}`,
      );
    }
    for (let i = 0; i < inputs; i++) input[i] = (observation[i]! - from.mean[i]!) / from.scale[i]!;
    run();
    for (let i = 0; i < action.length; i++) action[i] = output[i]! * to.scale[i]! + to.mean[i]!;
    return action;
  };
}

function describeOnnx(saved: SavedPolicy): OnnxGraph {
  const config = parseConfig("bc", CONFIG, saved.config);
  const { layers, inputs, outputs } = architecture(config);
  normalizations(saved, config);
  const { nodes, output } = layerNodes(layers, "normalized");
  return {
    observationSize: inputs,
    actionSize: outputs,
    nodes: [
      { op: "Sub", inputs: ["observation", "observation/mean"], output: "centred" },
      { op: "Div", inputs: ["centred", "observation/scale"], output: "normalized" },
      ...nodes,
      { op: "Mul", inputs: [output, "action/scale"], output: "scaled" },
      { op: "Add", inputs: ["scaled", "action/mean"], output: "action" },
    ],
    initializers: saved.tensors,
  };
}
