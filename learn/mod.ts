/** The learning engine: models, their training, and the policies that come of it. */
export { isBuiltinModel } from "./builtin_models.ts";
export { type FlowDensity, type FlowQuery, openFlow } from "./flow/density.ts";
export { FlowFutures, type FuturesOptions } from "./flow/futures.ts";
export { type PlanPath, planWidth, writePlan } from "./flow/plan.ts";
export { ARITHMETIC } from "./kernels/kernels.ts";
export {
  chooseKernels,
  describeKernels,
  type KernelPreference,
  preferKernels,
} from "./kernels/choice.ts";
export { encodeEvents, type EncodeEventsOptions } from "./events.ts";
export { checkInitialPolicy, type InitialPolicyOptions } from "./initial_policy.ts";
export {
  defaultParameters,
  getModel,
  isPolicyModel,
  listModels,
  type ModelDefinition,
  type ModelParameters,
  type Network,
  parseConfig,
  type PolicyModel,
  registerModel,
  resolveParameters,
  type TrainingSetup,
} from "./model.ts";
export { exportOnnx } from "./onnx.ts";
export { loadOnnxPolicy, type OnnxPolicy } from "./onnx_policy.ts";
export { fetchOnnxRuntime, ONNX_RUNTIME } from "./onnx_runtime.ts";
export { createPolicy, policySizes } from "./policy.ts";
export type { AsyncPolicyFunction, PolicyFunction } from "./policy_function.ts";
export type {
  Fan,
  Future,
  FutureBand,
  ReliabilityCurve,
  Score,
  ScoreFigures,
  ScoreOptions,
  ScoreProgress,
  Scoring,
  TrainedModel,
} from "./scoring.ts";
export { trainModel, type TrainOptions } from "./trainer.ts";
export type {
  MetricsRow,
  TrainingProgress,
  TrainingResult,
  TrainingState,
} from "./training_state.ts";

// What models are made of.
export type { BatchSource } from "./batch_source.ts";
export { fieldWidth, type InputColumns } from "./episode_rows.ts";
export { createForward, type Forward } from "./forward.ts";
export { denseLayers, type Layer, recordLayers, weightsOf } from "./layers.ts";
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
