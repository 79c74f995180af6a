import { z } from "zod";
import type { EpisodeSource, SavedPolicy } from "../../core/episode.ts";
import { InvalidInputError } from "../../core/errors.ts";
import { STATE_FIELDS, STATE_SIZE } from "../../core/quadruped_state.ts";
import { countRows, fieldWidth, readSplit } from "../training/episode_rows.ts";
import { denseLayers, type Layer } from "../tape/layers.ts";
import {
  type ModelDefinition,
  type ModelParameters,
  parseConfig,
  type TrainingSetup,
} from "../model.ts";
import { measureNormalization } from "../normalization.ts";
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
import { ADAM_DEFAULTS, halvedSchedule } from "../training/optimizer.ts";
import { encodeHeading, headingNodes } from "./path_encoding.ts";

/** Rows a second that are trained on, and the unit of `horizon`. */
const ROW_HZ = 50;
/** Rows from one waypoint to the next. */
const WAYPOINT_ROWS = 10;

const PATH_FIELD = "observation/path";

const parameters = z.strictObject({
  epochs: z.int().min(1).max(100_000).default(100).describe("Passes over the training rows"),
  batch: z.int().min(1).max(65_536).default(256).describe("Batch size in rows"),
  lr: z.number().gt(0).max(10).default(1e-3).describe(
    "Learning rate for the first half of training; a tenth of it for the second half",
  ),
  weightDecay: z.number().min(0).max(1).default(1e-4).describe("Decoupled weight decay (AdamW)"),
  clip: z.number().gt(0).default(1).describe("Gradient clipping norm"),
  hidden: z.array(z.int().min(1).max(8192)).min(1).max(16).default([256, 256, 128]).describe(
    "Hidden layer widths",
  ),
  horizon: z.int().min(WAYPOINT_ROWS).default(50).describe(
    "Path preview in steps of 20 ms, with a waypoint every 10 steps",
  ),
  encoding: z.enum(["heading", "absolute"]).default("heading").describe(
    "Frame of the network's inputs, state and path: the robot's heading, or the world",
  ),
  // The last follow paths better: a loss on few trajectories that recover from a tilt says little.
  keep: z.enum(["last", "best"]).default("last").describe(
    "Weights to keep: the last, or the best on the validation split",
  ),
});

/** Schema of a saved policy's inputs and outputs, and its hidden widths. */
const CONFIG = z.strictObject({
  /** Numbers of an observation, and of them those that are used. */
  observationSize: z.int().min(1),
  inputs: z.int().min(1),
  action: z.strictObject({ field: z.string(), width: z.int().min(1) }),
  hidden: z.array(z.int().min(1)).min(1),
  encoding: z.enum(["heading", "absolute"]),
});

type Config = z.output<typeof CONFIG>;

/** Document 003's policy: an MLP from state and path ahead to joint torques. */
export const PATH_POLICY: ModelDefinition = {
  name: "path-policy",
  codeVersion: 1,
  description: "Path following: MLP with ReLU and LayerNorm from state and waypoints to torques",
  parameters,
  prepare,
  createNetwork: (config) => regressionNetwork(mlpOf(parseConfig("path-policy", CONFIG, config))),
  createPolicy: (saved) => createMlpPolicy(saved, ...openMlp(saved)),
  createBatchPolicy: (saved) => createMlpBatchPolicy(saved, ...openMlp(saved)),
  describeOnnx,
};

/** Returns dense layers with ReLU, with a normalisation after each but the last. */
function mlpOf({ inputs, hidden, action }: Config): NormalizedMlp {
  const layers = denseLayers([inputs, ...hidden, action.width]).flatMap((layer, i): Layer[] => {
    if (i === hidden.length) return [layer];
    return [layer, { kind: "layer_norm", name: `norm${i}`, width: hidden[i]! }];
  });
  return { layers, inputs, outputs: action.width };
}

async function prepare(
  source: EpisodeSource,
  resolved: ModelParameters,
  initFrom?: SavedPolicy,
): Promise<TrainingSetup> {
  const { epochs, batch, lr, weightDecay, clip, hidden, horizon, encoding, keep } = parameters
    .parse(resolved);
  const inputs = STATE_SIZE + 3 * countWaypoints(source, horizon);
  const label = labelField(source);
  const observationSize = STATE_SIZE + fieldWidth(source, PATH_FIELD);
  const width = fieldWidth(source, label);
  const config: Config = {
    observationSize,
    inputs,
    action: { field: label, width },
    hidden,
    encoding,
  };
  const fields = [...STATE_FIELDS.map(([name]) => name), PATH_FIELD];
  const observed = { fields, encode: ENCODINGS[encoding] };
  const stride = strideOf(source);
  const normalizations = initFrom === undefined
    ? {
      observation: await measureNormalization(source, observed, { width: inputs, stride }),
      action: await measureNormalization(source, { fields: [label] }, { width, stride }),
    }
    : savedNormalizations(initFrom, mlpOf(config));
  const rows = countRows(await readSplit(source, "train"), stride);
  const steps = Math.max(1, Math.ceil(epochs * rows / batch));
  return {
    config,
    ...regressionData(source, { observed, label, normalizations, batch, stride }),
    steps,
    batch,
    optimizer: {
      ...ADAM_DEFAULTS,
      learningRate: halvedSchedule(lr, steps),
      weightDecay,
      clip,
    },
    keep,
  };
}

/** Rows of the dataset from one that is trained on to the next. */
function strideOf({ schema: { controlHz } }: EpisodeSource): number {
  return Math.max(1, Math.round(controlHz / ROW_HZ));
}

/**
 * Waypoints within the horizon.
 *
 * @throws {InvalidInputError} If the dataset has no such fields, waypoints or length of episodes
 */
function countWaypoints(source: EpisodeSource, horizon: number): number {
  for (const [name, width] of STATE_FIELDS) {
    const found = fieldWidth(source, name);
    if (found === width) continue;
    throw new InvalidInputError({
      action: 'train "path-policy" on',
      place: name,
      expected: `${width} numbers`,
      found,
      remedy: "use a dataset of environment quadruped",
    });
  }
  const recorded = fieldWidth(source, PATH_FIELD) / 3 * WAYPOINT_ROWS;
  if (horizon > recorded || horizon % WAYPOINT_ROWS !== 0) {
    throw new InvalidInputError({
      action: `train "path-policy" with horizon ${horizon}`,
      expected: `a multiple of ${WAYPOINT_ROWS} up to ${recorded}, as far as the dataset's ` +
        "waypoints go",
      remedy: `use horizon ${recorded - recorded % WAYPOINT_ROWS}`,
    });
  }
  const steps = horizon * strideOf(source);
  let start = 0, shortest = Infinity;
  for (const end of source.episodeEnds) {
    shortest = Math.min(shortest, end - start);
    start = end;
  }
  if (shortest < steps) {
    throw new InvalidInputError({
      action: `train "path-policy" with horizon ${horizon}`,
      expected: `trajectories of at least ${steps} control steps`,
      found: `one of ${shortest}`,
      remedy: "lower it, or filter short ones",
    });
  }
  return horizon / WAYPOINT_ROWS;
}

const ENCODINGS = { heading: encodeHeading, absolute: copyInputs } as const;

/** The network of a saved policy, and what it reads. */
function openMlp(saved: SavedPolicy): [NormalizedMlp, ObservationEncoding] {
  const config = parseConfig("path-policy", CONFIG, saved.config);
  const { observationSize, encoding } = config;
  return [mlpOf(config), { observationSize, encode: ENCODINGS[encoding] }];
}

function describeOnnx(saved: SavedPolicy): OnnxGraph {
  const config = parseConfig("path-policy", CONFIG, saved.config);
  const { observationSize, inputs, action, encoding } = config;
  const { nodes, initializers } = normalizedMlpNodes(saved, mlpOf(config), "encoded");
  const seen = encoding === "heading"
    ? headingNodes(observationSize, "observation")
    : { nodes: [], initializers: {}, output: "observation" };
  const cut = new Float32Array(observationSize * inputs);
  for (let i = 0; i < inputs; i++) cut[i * inputs + i] = 1;
  return {
    observationSize,
    actionSize: action.width,
    nodes: [
      ...seen.nodes,
      { op: "MatMul", inputs: [seen.output, "inputs"], output: "encoded" },
      ...nodes,
    ],
    initializers: {
      ...initializers,
      ...seen.initializers,
      inputs: { shape: [observationSize, inputs], data: cut },
    },
  };
}
