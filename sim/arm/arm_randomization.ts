import { ARM_JOINTS, ARM_MATERIALS } from "./arm.ts";
import type { RandomizationSpec } from "../world/environment.ts";
import type { RandomizationDraw } from "../world/world.ts";
import { InvalidInputError } from "../../core/errors.ts";
import { suggestName } from "../../core/suggest.ts";
import type { MujocoScene } from "../mujoco/mujoco.ts";

/** Bodies whose mass may vary: everything that moves. */
const BODIES = [...ARM_JOINTS.map((_, i) => `link${i + 1}`), "hand", "finger1", "finger2"];

const JOINTS = [ARM_JOINTS.length];

/** Columns of `actuator_gainprm` and `actuator_biasprm` (mjNGAIN, mjNBIAS). */
const ACTUATOR_PARAMETERS = 10;

/** Randomization of a scene of the arm. */
export const ARM_RANDOMIZATION: readonly RandomizationSpec[] = [
  {
    name: "light_direction",
    description: "Direction in which the light shines; seen in pictures only",
    distribution: "sphere",
    shape: [3],
    default: true,
  },
  {
    name: "friction",
    description: "Factor on the sliding friction of every surface",
    distribution: "uniform",
    shape: [],
    range: [0.8, 1.2],
    bounds: [0, 10],
    default: true,
  },
  {
    name: "body_mass",
    description: "Factor on mass and inertia of links 1 to 7, hand, fingers 1 and 2",
    distribution: "uniform",
    shape: [BODIES.length],
    range: [0.5, 2],
    bounds: [0.01, 100],
    default: false,
  },
  {
    name: "joint_damping",
    description: "Factor on the passive damping of joints 1 to 7",
    distribution: "uniform",
    shape: JOINTS,
    range: [0.8, 1.2],
    bounds: [0, 100],
    default: false,
  },
  {
    name: "gain",
    description: "Factor on the proportional gain of the servos of joints 1 to 7",
    distribution: "uniform",
    shape: JOINTS,
    range: [0.8, 1.2],
    bounds: [0.01, 10],
    default: false,
  },
  {
    name: "camera_position",
    description: "Offset of the camera along x, y, z",
    distribution: "uniform",
    shape: [3],
    range: [-0.05, 0.05],
    bounds: [-0.5, 0.5],
    unit: "m",
    default: false,
  },
  {
    name: "field_of_view",
    description: "Vertical field of view of the camera",
    distribution: "uniform",
    shape: [],
    range: [50, 70],
    bounds: [5, 120],
    unit: "deg",
    default: false,
  },
  {
    name: "colour",
    description: `Offset of red, green, blue of ${Object.keys(ARM_MATERIALS).join(", ")}`,
    distribution: "uniform",
    shape: [Object.keys(ARM_MATERIALS).length, 3],
    range: [-0.15, 0.15],
    bounds: [-1, 1],
    default: false,
  },
  {
    name: "light_intensity",
    description: "Factor on the light of the sun; seen in pictures only",
    distribution: "uniform",
    shape: [],
    range: [0.6, 1.3],
    bounds: [0, 10],
    default: false,
  },
  {
    name: "shadow_light",
    description: "Share of the sun's light that arrives in the shadow, 0 for hard contrast",
    distribution: "uniform",
    shape: [],
    range: [0, 0.6],
    bounds: [0, 1],
    default: false,
  },
];

/** Changes of a nominal model by each property. */
const VARIATIONS: Readonly<Record<string, (scene: MujocoScene, draw: Float64Array) => void>> = {
  light_direction(scene, draw) {
    scene.model("light_dir").set(draw, 3 * scene.id("light", "sun"));
  },
  light_intensity(scene, draw) {
    const diffuse = scene.model("light_diffuse"), first = 3 * scene.id("light", "sun");
    for (let channel = 0; channel < 3; channel++) diffuse[first + channel]! *= draw[0]!;
  },
  shadow_light(scene, draw) {
    const first = 3 * scene.id("light", "sun");
    scene.model("light_ambient").fill(draw[0]!, first, first + 3);
  },
  friction(scene, draw) {
    const friction = scene.model("geom_friction"); // [geoms, 3]: sliding, torsional, rolling
    for (let i = 0; i < friction.length; i += 3) friction[i]! *= draw[0]!;
  },
  body_mass(scene, draw) {
    const mass = scene.model("body_mass"), inertia = scene.model("body_inertia");
    BODIES.forEach((name, i) => {
      const body = scene.id("body", name);
      mass[body]! *= draw[i]!;
      for (let axis = 0; axis < 3; axis++) inertia[3 * body + axis]! *= draw[i]!;
    });
    scene.deriveConstants();
  },
  joint_damping(scene, draw) {
    const damping = scene.model("dof_damping"), dofs = scene.model("jnt_dofadr");
    ARM_JOINTS.forEach((name, i) => damping[dofs[scene.id("joint", name)]!]! *= draw[i]!);
  },
  gain(scene, draw) {
    // A position servo's force is kp·ctrl − kp·q − kv·q̇.
    const gain = scene.model("actuator_gainprm"), bias = scene.model("actuator_biasprm");
    ARM_JOINTS.forEach((name, i) => {
      const first = ACTUATOR_PARAMETERS * scene.id("actuator", name);
      gain[first]! *= draw[i]!;
      bias[first + 1]! *= draw[i]!;
    });
  },
  camera_position(scene, draw) {
    const position = scene.model("cam_pos"), first = 3 * scene.id("camera", "scene");
    for (let axis = 0; axis < 3; axis++) position[first + axis]! += draw[axis]!;
  },
  field_of_view(scene, draw) {
    scene.model("cam_fovy")[scene.id("camera", "scene")] = draw[0]!;
  },
  colour(scene, draw) {
    const rgba = scene.model("mat_rgba");
    Object.keys(ARM_MATERIALS).forEach((name, i) => {
      const first = 4 * scene.id("material", name);
      for (let channel = 0; channel < 3; channel++) {
        const value = rgba[first + channel]! + draw[3 * i + channel]!;
        rgba[first + channel] = Math.min(1, Math.max(0, value));
      }
    });
  },
};

/**
 * Varies a nominal model of the arm as drawn.
 *
 * @throws {InvalidInputError} If the arm has no property of a name
 */
export function varyArm(scene: MujocoScene, draw: RandomizationDraw): void {
  for (const [name, values] of Object.entries(draw)) {
    const vary = VARIATIONS[name];
    if (vary === undefined) {
      throw new InvalidInputError({
        action: "vary",
        place: name,
        remedy: suggestName(name, Object.keys(VARIATIONS)),
      });
    }
    vary(scene, values);
  }
}
