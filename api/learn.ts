/**
 * Models: look them up, register your own, and sample a trained flow. What builds networks (tapes,
 * layers, ONNX graphs) is experimental: it may change in any version.
 *
 * @module
 */
import "../learn/mod.ts"; // registers the shipped models
export type { BatchSource } from "../learn/batch_source.ts";
export { fieldWidth, type InputColumns } from "../learn/episode_rows.ts";
export { createForward, type Forward } from "../learn/forward.ts";
export { denseLayers, type Layer, recordLayers, weightsOf } from "../learn/layers.ts";
export {
  getModel,
  listModels,
  type ModelDefinition,
  type ModelParameters,
  type Network,
  parseConfig,
  registerModel,
  type TrainingSetup,
} from "../learn/model.ts";
export {
  type Normalization,
  normalizationOf,
  normalizationTensors,
  savedNormalization,
} from "../learn/normalization.ts";
export { layerNodes, type OnnxGraph, type OnnxNode } from "../learn/onnx_graph.ts";
export { layerNorm, linear, meanSquaredError } from "../learn/ops.ts";
export { ADAM_DEFAULTS, cosineSchedule, type OptimizerSettings } from "../learn/optimizer.ts";
export type { WeightSpec } from "../learn/parameters.ts";
export { openRowBatches, type RowBatchOptions } from "../learn/row_batches.ts";
export type { Tape, Value } from "../learn/tape.ts";
export { openValidationRows } from "../learn/validation_rows.ts";
export {
  type FlowSampleOptions,
  openFlow,
  type TrainedFlow,
} from "../runtime/data/trained_flow.ts";
