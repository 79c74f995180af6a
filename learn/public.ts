/** Public exports for models, from which `api/learn.ts` and `mod.ts` are made. */
export type { BatchSource } from "./batch_source.ts";
export { fieldWidth, type InputColumns } from "./episode_rows.ts";
export { createForward, type Forward } from "./forward.ts";
export { denseLayers, type Layer, recordLayers, weightsOf } from "./layers.ts";
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
export { layerNodes, type OnnxGraph, type OnnxNode } from "./onnx_graph.ts";
export { layerNorm, linear, meanSquaredError } from "./ops.ts";
export { ADAM_DEFAULTS, cosineSchedule, type OptimizerSettings } from "./optimizer.ts";
export type { WeightSpec } from "./parameters.ts";
export { openRowBatches, type RowBatchOptions } from "./row_batches.ts";
export type { Tape, Value } from "./tape.ts";
export { openValidationRows } from "./validation_rows.ts";
export type { ParameterSchema, SchemaIssue, SchemaResult, ValueSchema } from "./schema.ts";
