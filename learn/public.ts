/** Public exports for models, from which `api/learn.ts` and `mod.ts` are made. */
export type { BatchSource } from "./training/batch_source.ts";
export { fieldWidth, type InputColumns } from "./training/episode_rows.ts";
export type { BatchPolicyFunction, EpisodeObservation } from "./policy_function.ts";
export {
  type BatchForward,
  createBatchForward,
  createForward,
  type Forward,
  FORWARD_ROWS,
  type ForwardRow,
  type RecordForward,
  runRows,
} from "./tape/forward.ts";
export { denseLayers, type Layer, recordLayers, weightsOf } from "./tape/layers.ts";
export {
  getModel,
  listModels,
  type ModelDefinition,
  type ModelParameters,
  type Network,
  parseConfig,
  registerModel,
  type TrainingSetup,
} from "./model.ts";
export {
  type Normalization,
  normalizationOf,
  normalizationTensors,
  savedNormalization,
} from "./normalization.ts";
export { layerNodes, type OnnxGraph, type OnnxNode } from "./onnx/onnx_graph.ts";
export { layerNorm, linear, meanSquaredError } from "./tape/ops.ts";
export { ADAM_DEFAULTS, cosineSchedule, type OptimizerSettings } from "./training/optimizer.ts";
export type { WeightSpec } from "./tape/parameters.ts";
export { openRowBatches, type RowBatchOptions } from "./training/row_batches.ts";
export type { Tape, Value } from "./tape/tape.ts";
export { openValidationRows } from "./training/validation_rows.ts";
export type { ParameterSchema, SchemaIssue, SchemaResult, ValueSchema } from "./schema.ts";
