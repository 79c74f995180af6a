import type { FieldSpec } from "../../core/episode.ts";
import type { RandomGenerator } from "../../core/random.ts";
import {
  type DmpConfig,
  type DmpParameters,
  downsample,
  fromVector,
  phaseAt,
  rolloutDmp,
} from "./dmp.ts";
import type { PolicyFields, PolicyFunction, PolicyPlan } from "../world/environment.ts";
import type { EpisodeView } from "../episodes/episode_view.ts";
import { WORLD_SIZE } from "./push_t_scene.ts";

/** Steps of the integration in one control step. */
const SUBSTEPS = 8;
/** Weights of one axis. */
const BASIS = 3;
/** Uniform ranges of what is drawn. */
export const DURATION = [1, 4] as const, STIFFNESS = [5, 35] as const, WEIGHT = [-60, 60] as const;
const ALPHA_S = 1.2;

function configOf(controlHz: number, scaleForcing: boolean): DmpConfig {
  return { dt: 1 / controlHz / SUBSTEPS, alphaS: ALPHA_S, scaleForcing };
}

/** Scale from px to the workspace, in which [0, 512] is [−1, 1]. */
export function toWorkspace(pixels: number): number {
  return 2 * pixels / WORLD_SIZE - 1;
}

/** Inverse of {@linkcode toWorkspace}. */
function toPixels(position: number): number {
  return (position + 1) * WORLD_SIZE / 2;
}

/** Columns of an episode of a random movement, in addition to those of every episode. */
export const DMP_FIELDS: PolicyFields = {
  state: [
    field("time", [], "Time since the start", { unit: "s" }),
    field("phase", [], "Phase of the movement, exp(−alpha_s · time / duration)"),
  ],
  episode: [
    field("dmp/duration", [], "Duration of the movement", { unit: "s", range: DURATION }),
    field("dmp/stiffness", [], "Stiffness of the movement", { range: STIFFNESS }),
    field("dmp/damping", [], "Twice the root of the stiffness"),
    field("dmp/weights", [2, BASIS], "Weights of the forcing term", { range: WEIGHT }),
    field("dmp/start_pixels", [2], "Where the movement starts", { unit: "px" }),
    field("dmp/goal_pixels", [2], "Where it ends", { unit: "px", range: [0, WORLD_SIZE] }),
    field("dmp/dt", [], "Step of the integration", { unit: "s" }),
    field("dmp/alpha_s", [], "Rate at which the phase fades"),
    {
      name: "dmp/scale_forcing",
      dtype: "bool",
      shape: [],
      description: "Whether the forcing term is scaled by goal − start",
    },
  ],
};

function field(
  name: string,
  shape: readonly number[],
  description: string,
  { unit, range }: { readonly unit?: string; readonly range?: readonly [number, number] } = {},
): FieldSpec {
  return {
    name,
    dtype: name.startsWith("dmp/") ? "float64" : "float32",
    shape,
    description,
    ...(unit === undefined ? {} : { unit }),
    ...(range === undefined ? {} : { low: [range[0]], high: [range[1]] }),
  };
}

/**
 * The path of a stored movement, as policy `dmp` drew it.
 *
 * @returns `[n, 2]` px, at every step of the integration; null if the episode is no movement
 */
export function storedPath(episode: EpisodeView): Float64Array | null {
  if (episode.episode("dmp/weights") === undefined) return null;
  const numbers = (name: string) => Array.from(episode.episode(`dmp/${name}`)!, Number);
  const [duration = 0] = numbers("duration"), [dt = 0] = numbers("dt");
  const [alphaS = 0] = numbers("alpha_s"), [scaleForcing] = numbers("scale_forcing");
  const movement = fromVector([
    duration,
    ...numbers("start_pixels").map(toWorkspace),
    ...numbers("goal_pixels").map(toWorkspace),
    ...numbers("weights"),
    ...numbers("stiffness"),
    ...numbers("damping"),
  ]);
  const config = { dt, alphaS, scaleForcing: scaleForcing === 1 };
  return rolloutDmp(movement, config, Math.ceil(duration / dt)).map(toPixels);
}

/** A movement in px. */
export interface PushTMovement {
  /** Duration of the movement (s). */
  readonly duration: number;
  readonly start: readonly [x: number, y: number];
  readonly goal: readonly [x: number, y: number];
  /** `[2][3]`, one row per axis. */
  readonly weights: readonly [x: readonly number[], y: readonly number[]];
  readonly stiffness: number;
}

/** Options for executing a movement. */
export interface MovementOptions {
  readonly controlHz: number;
  /** Whether the forcing term is scaled by goal − start. */
  readonly scaleForcing: boolean;
}

/** A random movement from a point, as policy `dmp` takes it. */
export function drawMovement(
  start: readonly [x: number, y: number],
  random: RandomGenerator,
): PushTMovement {
  const goal = [random.uniform(0, WORLD_SIZE), random.uniform(0, WORLD_SIZE)] as const;
  const duration = random.uniform(...DURATION), stiffness = random.uniform(...STIFFNESS);
  const drawWeights = () => Array.from({ length: BASIS }, () => random.uniform(...WEIGHT));
  return { duration, start, goal, weights: [drawWeights(), drawWeights()], stiffness };
}

/** A movement as the integration has it, in the workspace; damped critically. */
export function toWorkspaceMovement(movement: PushTMovement): DmpParameters {
  const { start, goal, stiffness } = movement;
  return {
    ...movement,
    start: [toWorkspace(start[0]), toWorkspace(start[1])],
    goal: [toWorkspace(goal[0]), toWorkspace(goal[1])],
    damping: 2 * Math.sqrt(stiffness),
  };
}

/** Control steps of a movement: its duration, rounded up. */
export function movementSteps({ duration }: PushTMovement, controlHz: number): number {
  return Math.ceil(duration * controlHz);
}

/**
 * The path of a movement.
 *
 * @returns `[n, 2]` px, at every step of the integration
 */
export function movementPath(movement: PushTMovement, options: MovementOptions): Float64Array {
  return workspacePath(movement, options).map(toPixels);
}

function workspacePath(
  movement: PushTMovement,
  { controlHz, scaleForcing }: MovementOptions,
): Float64Array {
  const steps = SUBSTEPS * movementSteps(movement, controlHz);
  return rolloutDmp(toWorkspaceMovement(movement), configOf(controlHz, scaleForcing), steps);
}

/** Drives the agent along a movement. The episode is over with it. */
export function followMovement(movement: PushTMovement, options: MovementOptions): PolicyFunction {
  const { controlHz, scaleForcing } = options, { duration, start, goal, stiffness } = movement;
  const config = configOf(controlHz, scaleForcing);
  const waypoints = downsample(workspacePath(movement, options), SUBSTEPS).map(toPixels);
  let step = 0;
  const follow = () => {
    const waypoint = waypoints.subarray(2 * step, 2 * step + 2);
    step++;
    return new Float32Array(waypoint);
  };
  const plan: PolicyPlan = {
    steps: movementSteps(movement, controlHz),
    stateAt(step) {
      const time = step / controlHz;
      return { time, phase: phaseAt(time, duration, config) };
    },
    episode: {
      "dmp/duration": duration,
      "dmp/stiffness": stiffness,
      "dmp/damping": toWorkspaceMovement(movement).damping,
      "dmp/weights": movement.weights.flat(),
      "dmp/start_pixels": start,
      "dmp/goal_pixels": goal,
      "dmp/dt": config.dt,
      "dmp/alpha_s": config.alphaS,
      "dmp/scale_forcing": scaleForcing,
    },
  };
  return Object.assign(follow, { plan });
}
