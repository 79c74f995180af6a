/** The learning engine: models, their training, and the policies that come of it. */
export { isBuiltinModel } from "./builtin_models.ts";
export { encodeEvents, type EncodeEventsOptions } from "./events.ts";
export { checkInitialPolicy, type InitialPolicyOptions } from "./initial_policy.ts";
export {
  defaultParameters,
  getModel,
  listModels,
  type ModelDefinition,
  type ModelParameters,
  registerModel,
  resolveParameters,
} from "./model.ts";
export { exportOnnx } from "./onnx.ts";
export { loadOnnxPolicy, type OnnxPolicy } from "./onnx_policy.ts";
export {
  type AsyncPolicyFunction,
  createPolicy,
  type PolicyFunction,
  policySizes,
} from "./policy.ts";
export { trainModel, type TrainOptions } from "./trainer.ts";
export type {
  MetricsRow,
  TrainingProgress,
  TrainingResult,
  TrainingState,
} from "./training_state.ts";
