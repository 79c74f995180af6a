export { type Condition, CONDITIONS } from "./conditions.ts";
export { checkPipeline } from "./declare/checks.ts";
export { expandedStages } from "./variants/expand.ts";
export { parseVariant, type Variant } from "./variants/variant_name.ts";
export { compilePipeline } from "./compile/compile.ts";
export { storedParameters } from "./compile/resolve.ts";
export type {
  CompileContext,
  EnvironmentFacts,
  EnvironmentOptions,
  ModelFacts,
  Registered,
  ResolvedExternal,
} from "./compile/context.ts";
export { estimatePlan, type StageEstimate } from "./compile/estimate.ts";
export type { CheckName, Finding, Locate } from "./findings.ts";
export { definePipeline, inputsOf, orderStages, stagesOf } from "./declare/graph.ts";
export type { PipelineDeclaration, StageDeclaration, StageOrder } from "./declare/graph.ts";
export {
  evaluatePipeline,
  generatePipeline,
  type RunEnvOptions,
  runEnvPipeline,
  trainPipeline,
} from "./shipped/one_stage.ts";
export {
  applyOverrides,
  type Changes,
  changesBetween,
  type Overrides,
} from "./declare/overrides.ts";
export type * from "./plan.ts";
export { describeParameters, type ParameterHelp } from "./declare/help.ts";
export { kindsGiving } from "./kinds/inputs.ts";
export { type AnyStage, type ArtifactType, parametersOf } from "./kinds/kind.ts";
export type { StageKindDefinition } from "./kinds/kind.ts";
export type { ParameterSpec, ParameterTable } from "./kinds/parameter.ts";
export { findKind, isShipped, kindOf, listKinds } from "./kinds/mod.ts";
export { hyperparametersOf } from "./kinds/train.ts";
