import type { EpisodeSource, SavedPolicy, Tensor } from "../core/episode.ts";
import { openRowBatches } from "./training/row_batches.ts";
import type { InputColumns } from "./training/episode_rows.ts";
import { createBatchForward, FORWARD_ROWS, runRows } from "./tape/forward.ts";
import { type Layer, recordLayers, weightsOf } from "./tape/layers.ts";
import type { Network, TrainingSetup } from "./model.ts";
import { type Normalization, normalizationTensors, savedNormalization } from "./normalization.ts";
import { layerNodes, type OnnxNode } from "./onnx/onnx_graph.ts";
import { meanSquaredError } from "./tape/ops.ts";
import type { BatchPolicyFunction, PolicyFunction } from "./policy_function.ts";
import { openValidationRows } from "./training/validation_rows.ts";

/**
 * An MLP from a normalised observation to a normalised action, fitted by least squares: what
 * models that imitate an expert step by step are made of.
 */
export interface NormalizedMlp {
  readonly layers: readonly Layer[];
  /** Numbers that the first layer reads. */
  readonly inputs: number;
  /** Numbers of an action. */
  readonly outputs: number;
}

/** Normalisations of the inputs and outputs of an MLP. */
export interface Normalizations {
  readonly observation: Normalization;
  readonly action: Normalization;
}

/** Weights and loss, on inputs `observation` and `action`. */
export function regressionNetwork({ layers, inputs, outputs }: NormalizedMlp): Network {
  return {
    weights: weightsOf(layers),
    recordLoss(tape) {
      const prediction = recordLayers(tape, tape.input("observation", inputs), layers);
      meanSquaredError(tape, prediction, tape.input("action", outputs));
    },
  };
}

/** Returns the field of a dataset that is learned: with action noise, the expert's own action. */
export function labelField({ schema }: EpisodeSource): string {
  return schema.step.some(({ name }) => name === "action_label") ? "action_label" : "action";
}

/**
 * Returns the columns that a training reads from a dataset, and the constants that its policy
 * keeps.
 */
export function regressionData(
  source: EpisodeSource,
  { observed, label, normalizations, batch, stride = 1 }: {
    readonly observed: Pick<InputColumns, "fields" | "encode">;
    readonly label: string;
    readonly normalizations: Normalizations;
    readonly batch: number;
    /** Rows of the dataset from one that is read to the next. */
    readonly stride?: number;
  },
): Pick<TrainingSetup, "constants" | "openBatches" | "openValidation"> {
  const { observation, action } = normalizations;
  const columns: InputColumns[] = [
    { input: "observation", ...observed, ...observation },
    { input: "action", fields: [label], ...action },
  ];
  return {
    constants: {
      ...normalizationTensors("observation", observation),
      ...normalizationTensors("action", action),
    },
    openBatches: (seed, stream) => openRowBatches(source, { columns, batch, seed, stream, stride }),
    openValidation: () => openValidationRows(source, columns, stride),
  };
}

/** @throws {InvalidInputError} If a tensor of a saved policy is absent or of another width */
export function savedNormalizations(
  saved: SavedPolicy,
  { inputs, outputs }: Pick<NormalizedMlp, "inputs" | "outputs">,
): Normalizations {
  return {
    observation: savedNormalization(saved, "observation", inputs),
    action: savedNormalization(saved, "action", outputs),
  };
}

/** The first numbers of an observation as they are. */
export function copyInputs(row: ArrayLike<number>, out: Float32Array | Float64Array): void {
  for (let i = 0; i < out.length; i++) out[i] = row[i]!;
}

/** What an MLP reads of an observation. */
export interface ObservationEncoding {
  /** Numbers of an observation. */
  readonly observationSize: number;
  /** Computes what the first layer reads of one. */
  readonly encode: (observation: Float32Array, out: Float64Array) => void;
}

/** A saved MLP as a policy. */
export function createMlpPolicy(
  saved: SavedPolicy,
  mlp: NormalizedMlp,
  encoding: ObservationEncoding,
): PolicyFunction {
  const { rows: [row], run, write, read } = createMlpForward(saved, mlp, encoding, 1);
  const { input, output } = row!; // there is one
  const action = new Float32Array(mlp.outputs);
  return (observation) => {
    write(observation, input);
    run();
    read(output, action);
    return action;
  };
}

/** A saved MLP as a policy in several episodes. */
export function createMlpBatchPolicy(
  saved: SavedPolicy,
  mlp: NormalizedMlp,
  encoding: ObservationEncoding,
): BatchPolicyFunction {
  const forward = createMlpForward(saved, mlp, encoding, FORWARD_ROWS);
  return {
    act(observations) {
      const actions = observations.map(() => new Float32Array(mlp.outputs));
      runRows(
        forward,
        observations.length,
        (input, row) => forward.write(observations[row]!.observation, input),
        (output, row) => forward.read(output, actions[row]!),
      );
      return actions;
    },
  };
}

/** The forward pass of a saved MLP, and what lies before and behind it. */
function createMlpForward(
  saved: SavedPolicy,
  mlp: NormalizedMlp,
  { observationSize, encode }: ObservationEncoding,
  rows: number,
) {
  const { layers, inputs } = mlp;
  const { observation: from, action: to } = savedNormalizations(saved, mlp);
  const forward = createBatchForward(weightsOf(layers), saved, rows, (tape) => {
    const x = tape.input("observation", inputs);
    return { input: x, output: recordLayers(tape, x, layers) };
  });
  const encoded = new Float64Array(inputs);
  return {
    ...forward,
    write(observation: Float32Array, input: Float32Array): void {
      if (observation.length !== observationSize) {
        throw new RangeError(
          `Cannot run policy: expected an observation of ${observationSize} numbers, ` +
            `found ${observation.length}`,
        );
      }
      encode(observation, encoded);
      for (let i = 0; i < inputs; i++) input[i] = (encoded[i]! - from.mean[i]!) / from.scale[i]!;
    },
    read(output: Float32Array, action: Float32Array): void {
      for (let i = 0; i < action.length; i++) action[i] = output[i]! * to.scale[i]! + to.mean[i]!;
    },
  };
}

/**
 * A saved MLP as nodes from `encoded` to `action`, and its tensors.
 *
 * @throws {InvalidInputError} If a normalisation is absent or of another width
 */
export function normalizedMlpNodes(
  saved: SavedPolicy,
  mlp: NormalizedMlp,
  encoded: string,
): {
  readonly nodes: readonly OnnxNode[];
  readonly initializers: Readonly<Record<string, Tensor>>;
} {
  savedNormalizations(saved, mlp);
  const { nodes, output } = layerNodes(mlp.layers, "normalized");
  return {
    nodes: [
      { op: "Sub", inputs: [encoded, "observation/mean"], output: "centred" },
      { op: "Div", inputs: ["centred", "observation/scale"], output: "normalized" },
      ...nodes,
      { op: "Mul", inputs: [output, "action/scale"], output: "scaled" },
      { op: "Add", inputs: ["scaled", "action/mean"], output: "action" },
    ],
    initializers: saved.tensors,
  };
}
