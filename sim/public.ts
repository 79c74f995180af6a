/** Public exports for environments and policies, from which `api/sim.ts` and `mod.ts` are made. */
export { EpisodeView } from "./episodes/episode_view.ts";
export type { StabilityCheck } from "./episodes/stability_check.ts";
export { jointLimits, jointVelocities, settling, workspace } from "./episodes/stability_checks.ts";
export type { GymConfig } from "./declared/config/gym_config_types.ts";
export type { CameraSpec } from "./images/camera_options.ts";
export type { CameraImages } from "./images/camera_images.ts";
export { MUJOCO, MujocoScene } from "./mujoco/mujoco.ts";
export { countSubsteps, type MujocoTask, MujocoWorld } from "./mujoco/mujoco_world.ts";
export type { Engine } from "./world/engine.ts";
export type {
  EnvironmentDefinition,
  Limit,
  Outcome,
  OutcomeFunction,
  PolicyFunction,
  RandomizationSpec,
  Randomize,
  SchemaOptions,
} from "./world/environment.ts";
export type {
  CameraWorld,
  ImageOptions,
  InteractiveWorld,
  ObservationStateWorld,
  RandomizationDraw,
  ViewableWorld,
  World,
  WorldOptions,
} from "./world/world.ts";
export { getEnvironment, listEnvironments, registerEnvironment } from "./world/registry.ts";
export { episodeSchema, observationSize } from "./world/schema.ts";
export {
  type HandPose,
  type PolicyEpisode,
  type RegisteredPolicy,
  registerPolicy,
} from "./world/registered_policies.ts";
export type { ModelStep, WorldModel } from "./world/world_model.ts";
