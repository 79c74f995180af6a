import type { EpisodeSource, SavedPolicy } from "../../../core/episode.ts";
import { InvalidInputError } from "../../../core/errors.ts";
import { suggestName } from "../../../core/suggest.ts";
import { fieldWidth, type InputColumns, isFloatVector } from "../../training/episode_rows.ts";
import type { ModelDefinition, Network, TrainingSetup } from "../../model.ts";
import {
  measureNormalization,
  type Normalization,
  normalizationOf,
  normalizationTensors,
} from "../../normalization.ts";
import { labelField } from "../../normalized_mlp.ts";
import { meanSquaredError } from "../../tape/ops.ts";
import { ADAM_DEFAULTS, cosineSchedule } from "../../training/optimizer.ts";
import { openRowBatches } from "../../training/row_batches.ts";
import { openValidationRows } from "../../training/validation_rows.ts";
import {
  type BodyFields,
  type ChunkBody,
  type ChunkConfig,
  FLOW_PARAMETERS,
  REGRESSION_PARAMETERS,
} from "./config.ts";
import { featuresOf } from "./features.ts";
import { flowBatches, flowValidation } from "./flow_matching.ts";
import { mlpWeights, recordMlp } from "./network.ts";
import { describeChunkOnnx } from "./onnx.ts";
import { createChunkBatchPolicy, createChunkPolicy } from "./policy.ts";
import { networkOf, normalizeState, openSavedModel } from "./saved_model.ts";
import { CHUNK_COLUMN, STATE_COLUMN, windowSource } from "./windows.ts";

/** Chunks of actions drawn by flow matching. */
export const CHUNK_FLOW: ModelDefinition = {
  name: "chunk-flow",
  codeVersion: 1,
  description: "Action chunks by flow matching: residual MLP with SiLU, averaged weights",
  parameters: FLOW_PARAMETERS,
  window: "horizon",
  prepare: (source, resolved, initFrom) => {
    const { noiseScale, integrationSteps, ...shared } = FLOW_PARAMETERS.parse(resolved);
    return prepare(source, { ...shared, flow: { noiseScale, integrationSteps } }, initFrom);
  },
  createNetwork: (config) => chunkNetwork("chunk-flow", config, ["x", "velocity"]),
  createPolicy: (saved) => createChunkPolicy(saved, openSavedModel(saved)),
  createBatchPolicy: (saved) => createChunkBatchPolicy(saved, openSavedModel(saved)),
  describeOnnx: (saved) => describeChunkOnnx(saved, openSavedModel(saved)),
};

/** Chunks of actions by least squares, to compare with. */
export const CHUNK: ModelDefinition = {
  name: "chunk",
  codeVersion: 1,
  description: "Action chunks by least squares: residual MLP with SiLU, averaged weights",
  parameters: REGRESSION_PARAMETERS,
  window: "horizon",
  prepare: (source, resolved, initFrom) =>
    prepare(source, { ...REGRESSION_PARAMETERS.parse(resolved), flow: null }, initFrom),
  createNetwork: (config) => chunkNetwork("chunk", config, ["state", "chunk"]),
  createPolicy: (saved) => createChunkPolicy(saved, openSavedModel(saved)),
  createBatchPolicy: (saved) => createChunkBatchPolicy(saved, openSavedModel(saved)),
  describeOnnx: (saved) => describeChunkOnnx(saved, openSavedModel(saved)),
};

/** Weights and loss, on inputs that batches fill. */
function chunkNetwork(
  model: string,
  config: Parameters<ModelDefinition["createNetwork"]>[0],
  [from, to]: readonly [from: string, to: string],
): Network {
  const mlp = networkOf(model, config);
  return {
    weights: mlpWeights(mlp),
    recordLoss(tape) {
      const x = tape.input(from, mlp.inputs);
      const prediction = recordMlp(tape, x, mlp);
      meanSquaredError(tape, prediction, tape.input(to, mlp.outputs));
    },
  };
}

type Resolved = ReturnType<typeof REGRESSION_PARAMETERS.parse> & Pick<ChunkConfig, "flow">;

async function prepare(
  source: EpisodeSource,
  { steps, batch, lr, weightDecay, warmup, clip, average, body, ...architecture }: Resolved,
  initFrom?: SavedPolicy,
): Promise<TrainingSetup> {
  const config = configOf(source, { ...architecture, body });
  const { horizon, flow, action } = config;
  requireLength(source, horizon);
  const kept = initFrom === undefined ? null : openSavedModel({ ...initFrom, config });
  const scaled = kept?.action ?? normalizationOf(source, [action.field]);
  const features = featuresOf(config, scaled), windows = windowSource(source, config, features);
  const state = kept?.state ?? await measureNormalization(
    windows,
    { fields: [STATE_COLUMN] },
    { width: features.width, stride: 1 },
  );
  const widths = { batch, stateWidth: features.width, chunkWidth: horizon * action.width };
  const columns = inputColumns(state, widths);
  return {
    config,
    constants: {
      ...normalizationTensors("state", state),
      ...normalizationTensors("action", scaled),
    },
    async openBatches(seed, stream) {
      const rows = await openRowBatches(windows, { columns, batch, seed, stream });
      return flow === null ? rows : flowBatches(rows, { ...widths, seed, stream });
    },
    async openValidation() {
      const rows = await openValidationRows(windows, columns);
      const fixed = { ...widths, seed: 0, stream: "chunk-flow/validation" };
      return flow === null ? rows : flowValidation(rows, fixed);
    },
    steps,
    batch,
    optimizer: {
      ...ADAM_DEFAULTS,
      learningRate: cosineSchedule(lr, steps, warmup),
      weightDecay,
      clip,
    },
    keep: "last",
    ...(average === 0 ? {} : { average }),
  };
}

/** Windows as inputs of the network: features normalised, chunks as they are coded. */
function inputColumns(
  state: Normalization,
  { stateWidth, chunkWidth }: { readonly stateWidth: number; readonly chunkWidth: number },
): readonly InputColumns[] {
  return [
    {
      input: "state",
      fields: [STATE_COLUMN],
      encode: (row, out) => normalizeState(state, row, out),
      ...identity(stateWidth),
    },
    { input: "chunk", fields: [CHUNK_COLUMN], ...identity(chunkWidth) },
  ];
}

/** Returns the policy's inputs and outputs in a dataset. */
function configOf(
  source: EpisodeSource,
  { body, ...architecture }:
    & Pick<ChunkConfig, "horizon" | "nActionSteps" | "nObsSteps" | "hidden" | "flow">
    & { readonly body: BodyFields | null },
): ChunkConfig {
  const observation = source.schema.step
    .filter((field) => field.name.startsWith("observation/") && isFloatVector(field))
    .map(({ name }) => ({ field: name, width: fieldWidth(source, name) }));
  const label = labelField(source), width = fieldWidth(source, label);
  const spec = source.schema.step.find(({ name }) => name === label);
  const bounds = (values: readonly number[] | undefined) =>
    values === undefined ? null : Array.from({ length: width }, (_, i) => values[i] ?? values[0]!);
  return {
    observation,
    action: { field: label, width, low: bounds(spec?.low), high: bounds(spec?.high) },
    ...architecture,
    body: body === null ? null : bodyColumns(body, observation, width),
  };
}

/**
 * Columns of the observation in place of a body's fields.
 *
 * @throws {InvalidInputError} If a field is absent or of another width, or actions are no points
 */
function bodyColumns(
  { point, position, angle, ...shape }: BodyFields,
  observation: ChunkConfig["observation"],
  actionWidth: number,
): ChunkBody {
  const columnAt = (part: string, field: string, width: number): number => {
    let at = 0;
    for (const { field: name, width: found } of observation) {
      if (name === field && found === width) return at;
      at += found;
    }
    const names = observation.map(({ field }) => field);
    throw new InvalidInputError({
      action: `train with body.${part}`,
      place: field,
      expected: `a field of ${width} numbers among ${names.join(", ")}`,
      remedy: suggestName(field, names),
    });
  };
  const pair = (first: number): [number, number] => [first, first + 1];
  if (actionWidth !== 2) {
    throw new InvalidInputError({
      action: "train with a body",
      expected: "actions that are points [x, y]",
      found: `${actionWidth} numbers`,
      remedy: "leave body out",
    });
  }
  return {
    ...shape,
    point: pair(columnAt("point", point, 2)),
    position: pair(columnAt("position", position, 2)),
    angle: columnAt("angle", angle, 1),
  };
}

/** @throws {InvalidInputError} If no episode is as long as a chunk */
function requireLength({ episodeEnds }: EpisodeSource, horizon: number): void {
  let longest = 0, start = 0;
  for (const end of episodeEnds) {
    longest = Math.max(longest, end - start);
    start = end;
  }
  if (longest >= horizon) return;
  throw new InvalidInputError({
    action: `train with horizon ${horizon}`,
    expected: `at most ${longest}, the steps of the longest episode`,
    remedy: "lower it",
  });
}

/** Returns the normalisation of numbers that are already normalised. */
function identity(width: number): Normalization {
  return { mean: new Float32Array(width), scale: new Float32Array(width).fill(1) };
}
