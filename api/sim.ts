/**
 * Environments and policies: look them up, register your own, and look at their episodes.
 *
 * @module
 */
import "../sim/mod.ts"; // registers the shipped environments
export { createRandom, type RandomGenerator } from "../core/random.ts";
export { EpisodeView } from "../sim/episodes/episode_view.ts";
export type { StabilityCheck } from "../sim/episodes/stability_check.ts";
export {
  jointLimits,
  jointVelocities,
  settling,
  workspace,
} from "../sim/episodes/stability_checks.ts";
export type { CameraSpec } from "../sim/images/camera_options.ts";
export type { CameraImages } from "../sim/images/camera_images.ts";
export { MUJOCO, MujocoScene } from "../sim/mujoco/mujoco.ts";
export { countSubsteps, type MujocoTask, MujocoWorld } from "../sim/mujoco/mujoco_world.ts";
export type { Engine } from "../sim/world/engine.ts";
export type {
  EnvironmentDefinition,
  ImageOptions,
  Limit,
  Outcome,
  OutcomeFunction,
  PolicyFunction,
  RandomizationDraw,
  RandomizationSpec,
  Randomize,
  SchemaOptions,
  World,
  WorldOptions,
} from "../sim/world/environment.ts";
export { getEnvironment, listEnvironments, registerEnvironment } from "../sim/world/registry.ts";
export { episodeSchema, observationSize } from "../sim/world/schema.ts";
export {
  type HandPose,
  type PolicyEpisode,
  type RegisteredPolicy,
  registerPolicy,
} from "../sim/world/registered_policies.ts";
export type { ModelStep, WorldModel } from "../sim/world/world_model.ts";
