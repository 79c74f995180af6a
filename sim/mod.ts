/** Simulation: environments, rollouts, and the checks of their results. */
export * from "./public.ts";
export type {
  AsyncPolicyFunction,
  EnvironmentOption,
  EnvironmentOptions,
  PolicyFields,
  PolicyPlan,
  Quantity,
  ReadImage,
} from "./world/environment.ts";
export { hasCameras, isInteractive, isSetByObservations, isViewable } from "./world/world.ts";
export { cameraFields, cameraRows, viewsOf } from "./images/camera_spec.ts";
export type { EpisodeMetrics, EpisodeTrack, MeasuredEpisode } from "./world/episode_metrics.ts";
export {
  asVector,
  type DmpConfig,
  type DmpParameters,
  downsample,
  fromVector,
  phaseAt,
  rolloutDmp,
} from "./push_t/dmp.ts";
export { DECLARED, type DeclaredSource } from "./declared/environment.ts";
export { declaredCameras } from "./declared/scene/cameras.ts";
export {
  type ArticulationFile,
  readArticulationFile,
} from "./declared/config/articulation_file.ts";
export { readMeshFile } from "./declared/config/mesh_file.ts";
export { MESH_ENDINGS, type MeshAsset, meshAsset } from "./mujoco/mesh_asset.ts";
export type { Recorder } from "./declared/config/gym_config_types.ts";
export { registeredPolicies } from "./world/registered_policies.ts";
export {
  type ConfigValue,
  type ExpertSchedule,
  expertSchedule,
  readDeclared,
  recorderOf,
} from "./declared/source.ts";
export {
  type Colour,
  type Drawing,
  type PlanarDrawing,
  type PlanarShape,
  poseSize,
  type SpatialDrawing,
  type SpatialShape,
} from "./world/drawing.ts";
export { type Rows, viewEpisodes } from "./episodes/episode_view.ts";
export {
  type FilmStrip,
  type FilmStripOptions,
  renderEpisode,
  renderFilmStrip,
} from "./images/film_strip.ts";
export {
  type EpisodeEnd,
  type EpisodeOrigin,
  LiveEpisode,
  type LiveOptions,
  type LiveState,
} from "./episodes/live_episode.ts";
export type { DraggableBody } from "./world/draggable_body.ts";
export { environmentOf, isBuiltinEnvironment, resolveOptions } from "./world/registry.ts";
export { recordedObservations, replayObserved } from "./episodes/observed_episode.ts";
export type { PushTOptions } from "./push_t/push_t.ts";
export type { PushTMovement } from "./push_t/push_t_dmp.ts";
export { drawTrial, type PushTTrial, simulateTrial } from "./push_t/trial.ts";
export {
  type Replay,
  replayEpisode,
  type ReplayOptions,
  type StartOrigin,
} from "./episodes/replay.ts";
export type { LabelOptions } from "./episodes/state_labels.ts";
export { labelEpisodes, type Labeller } from "./episodes/relabel.ts";
export type { Difference, ReplayComparison } from "./episodes/replay_comparison.ts";
export { COMMANDS } from "./quadruped/commands.ts";
export { PATH_KINDS } from "./quadruped/paths.ts";
export {
  rolloutCandidates,
  type RolloutOptions,
  type RolloutProgress,
} from "./episodes/rollout.ts";
export { type BatchPolicy, type BatchRequest, isBatchPolicy } from "./episodes/batch_policy.ts";
export { labelField } from "./world/schema.ts";
export { selectRandomization } from "./world/randomization.ts";
export { checkStability, type StabilityOptions } from "./episodes/stability.ts";
export type { Figures, Limits } from "./episodes/stability_check.ts";
export { validateEpisodes, type ValidationOptions } from "./episodes/validation.ts";
