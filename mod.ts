/**
 * Sluice as a library: pipelines from a program, and environments, models, policies and kinds of stage
 * of your own. See `docs/extending.md`.
 *
 * @module
 */
export { generateDataset, runPipeline } from "./runtime/run/library.ts";
export type {
  DatasetStatistics,
  GenerateDatasetOptions,
  RunContext,
  RunPipelineOptions,
} from "./runtime/run/library_options.ts";
export type { LiveProgress } from "./activities/live_progress.ts";
export type { ProgressView } from "./runtime/run/progress.ts";
export type { RunError, RunSummary, StageResult } from "./activities/types.ts";
export type { StageProgress } from "./workflows/types.ts";

export { openFlow } from "./runtime/data/trained_flow.ts";
export type { FlowSampleOptions, TrainedFlow } from "./runtime/data/trained_flow.ts";

export {
  definePipeline,
  evaluatePipeline,
  generatePipeline,
  trainPipeline,
} from "./pipelines/mod.ts";
export type { PipelineDeclaration, StageDeclaration } from "./pipelines/mod.ts";
export * from "./pipelines/declare/stage_kinds.ts";
export { type ParametersOf, registerStage } from "./activities/stages/own/register_stage.ts";
export type { RegisteredStage, StageDefinition } from "./activities/stages/own/register_stage.ts";
export type {
  ShardStageRun,
  StageCheckpoint,
  StageRun,
  WholeStageRun,
} from "./activities/stages/own/own_operation.ts";
export type { StageInput, TableRow } from "./activities/stages/own/stage_inputs.ts";
export type { StageFigures, StageOutput } from "./activities/stages/own/stage_output.ts";
export type { StageOutcome, StagePicture } from "./activities/stages/own/own_report.ts";
export type { ArtifactType, ParameterSpec, ParameterTable } from "./pipelines/mod.ts";
export type { JsonValue } from "./core/canonical.ts";
export {
  CodeChangedError,
  InvalidInputError,
  MissingToolError,
  SluiceError,
  StoreAccessError,
} from "./core/errors.ts";

export {
  countSubsteps,
  episodeSchema,
  EpisodeView,
  getEnvironment,
  jointLimits,
  jointVelocities,
  listEnvironments,
  MUJOCO,
  MujocoScene,
  MujocoWorld,
  observationSize,
  registerEnvironment,
  registerPolicy,
  settling,
  workspace,
} from "./sim/mod.ts";
export type {
  CameraSpec,
  Engine,
  EnvironmentDefinition,
  GymConfig,
  HandPose,
  Judge,
  Limit,
  ModelStep,
  MujocoTask,
  Outcome,
  PictureOptions,
  Pictures,
  PolicyEpisode,
  PolicyFunction,
  RandomizationDraw,
  RandomizationSpec,
  Randomize,
  RegisteredPolicy,
  SchemaOptions,
  StabilityCheck,
  World,
  WorldModel,
  WorldOptions,
} from "./sim/mod.ts";
export { createRandom, type RandomGenerator } from "./core/random.ts";
export type {
  Column,
  ColumnData,
  DType,
  EpisodeSchema,
  EpisodeSource,
  EpisodeTable,
  FieldSpec,
  FieldStatistics,
  SavedPolicy,
  Tensor,
} from "./core/episode.ts";

export {
  ADAM_DEFAULTS,
  cosineSchedule,
  createForward,
  denseLayers,
  fieldWidth,
  getModel,
  layerNodes,
  layerNorm,
  linear,
  listModels,
  meanSquaredError,
  normalizationOf,
  normalizationTensors,
  openRowBatches,
  openValidationRows,
  parseConfig,
  recordLayers,
  registerModel,
  savedNormalization,
  weightsOf,
} from "./learn/mod.ts";
export type {
  BatchSource,
  Forward,
  InputColumns,
  Layer,
  ModelDefinition,
  ModelParameters,
  Network,
  Normalization,
  OnnxGraph,
  OnnxNode,
  OptimizerSettings,
  RowBatchOptions,
  Tape,
  TrainingSetup,
  Value,
  WeightSpec,
} from "./learn/mod.ts";

export {
  type Batch,
  batchesOf,
  type Dataset,
  type DatasetOutline,
  DatasetReader,
  openDataset,
  outlineOf,
} from "./store/mod.ts";
export type { DatasetReaderOptions } from "./store/mod.ts";
