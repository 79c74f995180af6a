import { InvalidInputError } from "../../core/errors.ts";
import { suggestName } from "../../core/suggest.ts";
import type { RandomizationSpec } from "../world/environment.ts";
import type { RandomizationDraw } from "../world/world.ts";
import type { MujocoScene } from "../mujoco/mujoco.ts";
import { TRUNK_MASS } from "./quadruped_scene.ts";

/** Randomization of the quadruped. */
export const QUADRUPED_RANDOMIZATION: readonly RandomizationSpec[] = [
  {
    name: "friction",
    description: "Factor on the sliding friction of feet and ground",
    distribution: "uniform",
    shape: [],
    range: [0.7, 1.3],
    bounds: [0, 10],
    default: true,
  },
  {
    name: "payload",
    description: "Mass added to the trunk",
    distribution: "uniform",
    shape: [],
    range: [0, 2],
    bounds: [0, 20],
    unit: "kg",
    default: true,
  },
  {
    name: "push",
    description: "Deviation of the forces that push the trunk for 0.1 s, in 4 % of such slots",
    distribution: "uniform",
    shape: [],
    range: [15, 15],
    bounds: [0, 1000],
    unit: "N",
    default: true,
  },
  {
    name: "initial_pose",
    description: "Roll and pitch of the trunk at the start",
    distribution: "uniform",
    shape: [2],
    range: [-0.7, 0.7],
    bounds: [-Math.PI, Math.PI],
    unit: "rad",
    default: false,
  },
  {
    name: "delay",
    description: "Time at the start for which the robot stands, whatever torques are asked for",
    distribution: "uniform",
    shape: [],
    range: [0, 1],
    bounds: [0, 60],
    unit: "s",
    default: false,
  },
  {
    name: "kick",
    description: "Force that pushes the trunk for 0.1 s once a second, in a random direction",
    distribution: "uniform",
    shape: [],
    range: [15, 15],
    bounds: [0, 1000],
    unit: "N",
    default: false,
  },
];

/**
 * Values that are drawn for an episode and enter through its initial state, not through the model.
 */
export interface QuadrupedVariation {
  /** Force of a push (N). */
  readonly push: number;
  readonly kick: number;
  /** Time for which the robot stands at the start (s). */
  readonly delay: number;
  /** Initial tilt (rad). */
  readonly tilt: readonly [roll: number, pitch: number];
}

export const NO_VARIATION: QuadrupedVariation = { push: 0, kick: 0, delay: 0, tilt: [0, 0] };

/**
 * Varies a nominal model as drawn.
 *
 * @throws {InvalidInputError} If the quadruped has no property of a name
 */
export function varyQuadruped(scene: MujocoScene, draw: RandomizationDraw): QuadrupedVariation {
  let variation = NO_VARIATION;
  for (const [name, values] of Object.entries(draw)) {
    const value = values[0]!;
    switch (name) {
      case "friction": {
        const friction = scene.model("geom_friction"); // [geoms, 3]: sliding, torsional, rolling
        for (let i = 0; i < friction.length; i += 3) friction[i]! *= value;
        break;
      }
      case "payload": {
        // A denser trunk of the same size.
        const trunk = scene.id("body", "trunk"), inertia = scene.model("body_inertia");
        scene.model("body_mass")[trunk]! += value;
        for (let axis = 0; axis < 3; axis++) inertia[3 * trunk + axis]! *= 1 + value / TRUNK_MASS;
        scene.deriveConstants();
        break;
      }
      case "push":
      case "kick":
      case "delay":
        variation = { ...variation, [name]: value };
        break;
      case "initial_pose":
        variation = { ...variation, tilt: [value, values[1]!] };
        break;
      default: {
        const known = QUADRUPED_RANDOMIZATION.map(({ name }) => name);
        throw new InvalidInputError({
          action: "vary",
          place: name,
          remedy: suggestName(name, known),
        });
      }
    }
  }
  return variation;
}
