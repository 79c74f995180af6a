import { z } from "zod";
import type { EpisodeSource, SavedPolicy } from "../../core/episode.ts";
import { InvalidInputError } from "../../core/errors.ts";
import { STATE_FIELDS, STATE_SIZE } from "../../core/quadruped_state.ts";
import { countRows, fieldWidth, type InputColumns, readSplit } from "../episode_rows.ts";
import { createForward } from "../forward.ts";
import { denseLayers, type Layer, recordLayers, weightsOf } from "../layers.ts";
import {
  type ModelDefinition,
  type ModelParameters,
  parseConfig,
  type TrainingSetup,
} from "../model.ts";
import {
  measureNormalization,
  type Normalization,
  normalizationTensors,
  savedNormalization,
} from "../normalization.ts";
import { layerNodes, type OnnxGraph, type OnnxNode } from "../onnx_graph.ts";
import { meanSquaredError } from "../ops.ts";
import { ADAM_DEFAULTS, halvedSchedule } from "../optimizer.ts";
import type { PolicyFunction } from "../policy.ts";
import { openRowBatches } from "../row_batches.ts";
import { openValidationRows } from "../validation_rows.ts";
import { encodeHeading, headingNodes } from "./path_encoding.ts";

/** Rows a second that are trained on, and the unit of `horizon`. */
const ROW_HZ = 50;
/** Rows from one waypoint to the next. */
const WAYPOINT_ROWS = 10;

const PATH_FIELD = "observation/path";

const parameters = z.strictObject({
  epochs: z.int().min(1).max(100_000).default(100).describe("Passes over the training rows"),
  batch: z.int().min(1).max(65_536).default(256).describe("Rows of one step"),
  lr: z.number().gt(0).max(10).default(1e-3).describe(
    "Learning rate of the first half; a tenth of it follows",
  ),
  weightDecay: z.number().min(0).max(1).default(1e-4).describe("Decoupled weight decay (AdamW)"),
  clip: z.number().gt(0).default(1).describe("Largest norm of the gradient"),
  hidden: z.array(z.int().min(1).max(8192)).min(1).max(16).default([256, 256, 128]).describe(
    "Widths of hidden layers",
  ),
  horizon: z.int().min(WAYPOINT_ROWS).default(50).describe(
    "How far ahead the path is seen, in steps of 20 ms; a waypoint every 10",
  ),
  encoding: z.enum(["heading", "absolute"]).default("heading").describe(
    "What the network sees: state and path from the robot's heading, or as they are in the world",
  ),
  // The last follow paths better: a loss on few trajectories that recover from a tilt says little.
  keep: z.enum(["last", "best"]).default("last").describe(
    "Weights of the policy: the last, or the best on the validation split",
  ),
});

/** What a saved policy reads and gives, and its hidden widths. */
const CONFIG = z.strictObject({
  /** Numbers of an observation, and of them those that are used. */
  observationSize: z.int().min(1),
  inputs: z.int().min(1),
  action: z.strictObject({ field: z.string(), width: z.int().min(1) }),
  hidden: z.array(z.int().min(1)).min(1),
  encoding: z.enum(["heading", "absolute"]),
});

type Config = z.output<typeof CONFIG>;

/** Document 003's policy: a perceptron from state and path ahead to joint torques. */
export const PATH_POLICY: ModelDefinition = {
  name: "path-policy",
  codeVersion: 1,
  description: "Path following: MLP with ReLU and LayerNorm from state and waypoints to torques",
  parameters,
  prepare,
  createNetwork(config) {
    const parsed = parseConfig("path-policy", CONFIG, config);
    const layers = layersOf(parsed);
    return {
      weights: weightsOf(layers),
      recordLoss(tape) {
        const prediction = recordLayers(tape, tape.input("observation", parsed.inputs), layers);
        meanSquaredError(tape, prediction, tape.input("action", parsed.action.width));
      },
    };
  },
  createPolicy,
  describeOnnx,
};

/** Dense layers with ReLU, a normalisation behind each but the last. */
function layersOf({ inputs, hidden, action }: Config): readonly Layer[] {
  return denseLayers([inputs, ...hidden, action.width]).flatMap((layer, i): Layer[] => {
    if (i === hidden.length) return [layer];
    return [layer, { kind: "layer_norm", name: `norm${i}`, width: hidden[i]! }];
  });
}

function normalizations(saved: SavedPolicy, { inputs, action }: Config): {
  readonly observation: Normalization;
  readonly action: Normalization;
} {
  return {
    observation: savedNormalization(saved, "observation", inputs),
    action: savedNormalization(saved, "action", action.width),
  };
}

async function prepare(
  source: EpisodeSource,
  resolved: ModelParameters,
  initFrom?: SavedPolicy,
): Promise<TrainingSetup> {
  const { epochs, batch, lr, weightDecay, clip, hidden, horizon, encoding, keep } = parameters
    .parse(resolved);
  const inputs = STATE_SIZE + 3 * countWaypoints(source, horizon);
  const names = source.schema.step.map(({ name }) => name);
  // With collection noise the action is what was applied, the label what the expert asked for.
  const label = names.includes("action_label") ? "action_label" : "action";
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
  const normalization = initFrom === undefined
    ? {
      observation: await measureNormalization(source, observed, { width: inputs, stride }),
      action: await measureNormalization(source, { fields: [label] }, { width, stride }),
    }
    : normalizations(initFrom, config);
  const columns: InputColumns[] = [
    { input: "observation", ...observed, ...normalization.observation },
    { input: "action", fields: [label], ...normalization.action },
  ];
  const rows = countRows(await readSplit(source, "train"), stride);
  const steps = Math.max(1, Math.ceil(epochs * rows / batch));
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
      learningRate: halvedSchedule(lr, steps),
      weightDecay,
      clip,
    },
    keep,
    openBatches: (seed, stream) => openRowBatches(source, { columns, batch, seed, stream, stride }),
    openValidation: () => openValidationRows(source, columns, stride),
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
    throw new InvalidInputError(
      `Cannot train "path-policy" on "${name}": expected ${width} numbers, found ${found}: ` +
        "use a dataset of environment quadruped",
    );
  }
  const recorded = fieldWidth(source, PATH_FIELD) / 3 * WAYPOINT_ROWS;
  if (horizon > recorded || horizon % WAYPOINT_ROWS !== 0) {
    throw new InvalidInputError(
      `Cannot train "path-policy" with horizon ${horizon}: expected a multiple of ` +
        `${WAYPOINT_ROWS} up to ${recorded}, as far as the dataset's waypoints go: change it`,
    );
  }
  const steps = horizon * strideOf(source);
  let start = 0, shortest = Infinity;
  for (const end of source.episodeEnds) {
    shortest = Math.min(shortest, end - start);
    start = end;
  }
  if (shortest < steps) {
    throw new InvalidInputError(
      `Cannot train "path-policy" with horizon ${horizon}: expected trajectories of at least ` +
        `${steps} control steps, found one of ${shortest}: lower it, or filter short ones`,
    );
  }
  return horizon / WAYPOINT_ROWS;
}

/** The first numbers of a row as they are. */
function copyInputs(row: ArrayLike<number>, out: Float32Array | Float64Array): void {
  for (let i = 0; i < out.length; i++) out[i] = row[i]!;
}

const ENCODINGS = { heading: encodeHeading, absolute: copyInputs } as const;

function createPolicy(saved: SavedPolicy): PolicyFunction {
  const config = parseConfig("path-policy", CONFIG, saved.config);
  const layers = layersOf(config), { inputs, observationSize } = config;
  const { observation: from, action: to } = normalizations(saved, config);
  const encode = ENCODINGS[config.encoding];
  const { input, output, run } = createForward(weightsOf(layers), saved.tensors, (tape) => {
    const x = tape.input("observation", inputs);
    return { input: x, output: recordLayers(tape, x, layers) };
  });
  const encoded = new Float64Array(inputs), action = new Float32Array(output.length);
  return (observation) => {
    if (observation.length !== observationSize) {
      throw new RangeError(
        `Cannot run policy: expected an observation of ${observationSize} numbers, ` +
          `found ${observation.length}`,
      );
    }
    encode(observation, encoded);
    for (let i = 0; i < inputs; i++) input[i] = (encoded[i]! - from.mean[i]!) / from.scale[i]!;
    run();
    for (let i = 0; i < action.length; i++) action[i] = output[i]! * to.scale[i]! + to.mean[i]!;
    return action;
  };
}

function describeOnnx(saved: SavedPolicy): OnnxGraph {
  const config = parseConfig("path-policy", CONFIG, saved.config);
  const { observationSize, inputs, action } = config;
  normalizations(saved, config);
  const { nodes, output } = layerNodes(layersOf(config), "normalized");
  const seen = config.encoding === "heading"
    ? headingNodes(observationSize, "observation")
    : { nodes: [] as readonly OnnxNode[], initializers: {}, output: "observation" };
  const cut = new Float32Array(observationSize * inputs);
  for (let i = 0; i < inputs; i++) cut[i * inputs + i] = 1;
  return {
    observationSize,
    actionSize: action.width,
    nodes: [
      ...seen.nodes,
      { op: "MatMul", inputs: [seen.output, "inputs"], output: "encoded" },
      { op: "Sub", inputs: ["encoded", "observation/mean"], output: "centred" },
      { op: "Div", inputs: ["centred", "observation/scale"], output: "normalized" },
      ...nodes,
      { op: "Mul", inputs: [output, "action/scale"], output: "scaled" },
      { op: "Add", inputs: ["scaled", "action/mean"], output: "action" },
    ],
    initializers: {
      ...saved.tensors,
      ...seen.initializers,
      inputs: { shape: [observationSize, inputs], data: cut },
    },
  };
}
