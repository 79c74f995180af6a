/**
 * The learning engine: models, their training, and the policies that come of it. Formats of others are
 * in `foreign.ts`.
 */
export * from "./public.ts";
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
export { createdBytes } from "./kernels/memory.ts";
export { fillNormal } from "./models/chunk_flow/flow_matching.ts";
export { checkInitialPolicy, type InitialPolicyOptions } from "./training/initial_policy.ts";
export { defaultParameters, isPolicyModel, type PolicyModel, resolveParameters } from "./model.ts";
export { type FetchedPackage, fetchPackage } from "./onnx/fetch_package.ts";
export { fetchOnnxRuntime, ONNX_RUNTIME } from "./onnx/onnx_runtime.ts";
export { createBatchPolicy, createPolicy, policySizes } from "./policy.ts";
export type { PolicyFunction } from "./policy_function.ts";
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
export { trainModel, type TrainOptions } from "./training/trainer.ts";
export type {
  MetricsRow,
  TrainingProgress,
  TrainingResult,
  TrainingState,
} from "./training/training_state.ts";
export { objectSchema } from "./schema.ts";
