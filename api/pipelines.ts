/**
 * Pipelines: declare them, run them, read their results, and register your own stage kinds.
 *
 * @module
 */
export * from "../pipelines/declare/stage_kinds.ts";
export type {
  ShardStageRun,
  StageCheckpoint,
  StageRun,
  WholeStageRun,
} from "../activities/stages/own/own_operation.ts";
export {
  type CommandDefinition,
  registerCommand,
} from "../activities/commands/register_command.ts";
export {
  type CommandPolicy,
  type ProgramCommand,
  registerCommandPolicy,
} from "../activities/commands/registered_commands.ts";
export type { StageOutcome, StageReportSection } from "../activities/stages/own/own_report.ts";
export {
  type ParametersOf,
  type RegisteredStage,
  registerStage,
  type StageDefinition,
} from "../activities/stages/own/register_stage.ts";
export type { StageInput, TableRow } from "../activities/stages/own/stage_inputs.ts";
export type { StageFigures, StageOutput } from "../activities/stages/own/stage_output.ts";
export type { RunError, RunSummary, StageResult } from "../activities/types.ts";
export { canonicalJson, type JsonValue } from "../core/canonical.ts";
export {
  CodeChangedError,
  type ErrorFields,
  InvalidInputError,
  MissingToolError,
  SluiceError,
  StoreAccessError,
} from "../core/errors.ts";
export {
  definePipeline,
  type PipelineDeclaration,
  type StageDeclaration,
} from "../pipelines/declare/graph.ts";
export type { CameraDeclaration } from "../pipelines/kinds/cameras.ts";
export type { EvaluateDeclaration } from "../pipelines/kinds/evaluate.ts";
export type { FilterDeclaration } from "../pipelines/kinds/filter.ts";
export type { AttemptsDeclaration, GenerateDeclaration } from "../pipelines/kinds/generate.ts";
export type { ArtifactType } from "../pipelines/kinds/kind.ts";
export type {
  HoldoutDeclaration,
  MergeDeclaration,
  SplitDeclaration,
} from "../pipelines/kinds/merge.ts";
export type { ParameterSpec, ParameterTable } from "../pipelines/kinds/parameter.ts";
export type { LearnerDeclaration, PolicyDeclaration } from "../pipelines/kinds/policy.ts";
export type { ScoreDeclaration } from "../pipelines/kinds/score.ts";
export type { SelectDeclaration } from "../pipelines/kinds/select.ts";
export type { RoundEdit, RoundsDeclaration } from "../pipelines/variants/rounds_schema.ts";
export type {
  DeclaredInput,
  DeclaredInputs,
  RandomDeclaration,
  RolloutDeclaration,
  StageInputDeclaration,
} from "../pipelines/kinds/shared_fields.ts";
export type { TrainDeclaration } from "../pipelines/kinds/train.ts";
export type { ValidateDeclaration } from "../pipelines/kinds/validate.ts";
export {
  evaluatePipeline,
  generatePipeline,
  trainPipeline,
} from "../pipelines/shipped/one_stage.ts";
export { generateDataset, runPipeline } from "./run_pipeline.ts";
export type {
  DatasetStatistics,
  GenerateDatasetOptions,
  RunContext,
  RunPipelineOptions,
} from "../runtime/run/library_options.ts";
export type { LiveProgress } from "../activities/live_progress.ts";
export type { ProgressView } from "../runtime/run/progress.ts";
export type { StageProgress } from "../workflows/types.ts";
