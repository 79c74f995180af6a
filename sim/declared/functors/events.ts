import type { BoundEvent, Range } from "./bound_functors.ts";
import { z } from "zod";
import { FINGER_OPEN, JOINT_HIGH, JOINT_LOW } from "../../arm/arm.ts";
import type { Vector } from "../../world/quaternion.ts";
import { NOMINAL_DIFFUSE } from "../../images/sun.ts";
import { ARTICULATION_EVENTS } from "./articulation_functors.ts";
import { drawPose, POSE_RANGES } from "./drawn_pose.ts";
import { BOX, defineFunctor, ENTITY, functorTable, RANGE, refer } from "./functor.ts";
import type { ControlPart } from "../config/gym_config_types.ts";
import type { SceneLayout } from "../layout/layout.ts";
import type { ObjectLayout } from "../layout/object_layout.ts";
import { USUAL_INTENSITY } from "../config/sensor_config.ts";

/** The darkest and the brightest red, green and blue. */
const COLOUR_BOX = BOX.refine((box) => box.flat().every((c) => c >= 0 && c <= 1), {
  error: "expected colours from 0 to 1",
});

const BODIES = ["dynamic", "link"] as const;
const SEEN = ["fixed", "kinematic", "dynamic", "group", "articulation", "link"] as const;
const MODEL_MODES = ["startup", "reset"] as const;

/** Returns every object of a uid: for a group, its members. */
function objectsOf({ objects, groups }: SceneLayout, uid: string): readonly ObjectLayout[] {
  return groups.get(uid) ?? [objects.get(uid)!]; // checkFunctors() has found it
}

/** Ranges of the three axes of a box. */
function axesOfBox([low, high]: readonly [Vector, Vector]): readonly Range[] {
  return low.map((value, axis) => [value, high[axis]!] as const);
}

const randomizeMass = defineFunctor({
  name: "randomize_mass",
  description: "Mass and inertia of an object: kg, or a factor where relative",
  modes: MODEL_MODES,
  schema: z.strictObject({
    entity_cfg: ENTITY,
    mass_range: RANGE.refine(([low]) => low > 0, { error: "expected masses above 0" }),
    relative: z.boolean().default(false),
  }),
  bind: ({ entity_cfg, mass_range, relative }): BoundEvent => ({
    references: [refer("entity_cfg", entity_cfg, ["dynamic", "group", "link"])],
    vary: {
      ranges: [mass_range],
      ...(relative ? {} : { unit: "kg" }),
      apply(scene, layout, [value]) {
        const mass = scene.model("body_mass"), inertia = scene.model("body_inertia");
        for (const { body } of objectsOf(layout, entity_cfg.uid)) {
          const factor = relative ? value! : value! / mass[body]!;
          mass[body]! *= factor;
          for (let axis = 0; axis < 3; axis++) inertia[3 * body + axis]! *= factor;
        }
        scene.deriveConstants();
      },
    },
  }),
});

const randomizeFriction = defineFunctor({
  name: "randomize_friction",
  description: "Sliding friction of an object: a coefficient, or a factor where relative",
  modes: MODEL_MODES,
  schema: z.strictObject({
    entity_cfg: ENTITY,
    friction_range: RANGE.refine(([low]) => low >= 0, { error: "expected friction of 0 or more" }),
    relative: z.boolean().default(false),
  }),
  bind: ({ entity_cfg, friction_range, relative }): BoundEvent => ({
    references: [refer("entity_cfg", entity_cfg, SEEN)],
    vary: {
      ranges: [friction_range],
      apply(scene, layout, [value]) {
        const friction = scene.model("geom_friction"); // [geoms, 3]: sliding, torsional, rolling
        for (const geom of objectsOf(layout, entity_cfg.uid).flatMap(({ geoms }) => geoms)) {
          friction[3 * geom] = relative ? friction[3 * geom]! * value! : value!;
        }
      },
    },
  }),
});

const randomizeLight = defineFunctor({
  name: "randomize_light",
  description:
    "Place of the light, m, from where it shines to the origin; its colour from 0 to 1, " +
    "and its intensity, of which 30 is usual",
  modes: [...MODEL_MODES, "interval"],
  schema: z.strictObject({
    entity_cfg: ENTITY,
    position_range: BOX.optional(),
    color_range: COLOUR_BOX.optional(),
    intensity_range: RANGE.refine(([low]) => low >= 0, {
      error: "expected intensities of 0 or more",
    }).optional(),
  }),
  bind({ entity_cfg, position_range, color_range, intensity_range }): BoundEvent {
    const place = position_range === undefined ? [] : axesOfBox(position_range);
    const colour = color_range === undefined ? [] : axesOfBox(color_range);
    const strength = intensity_range === undefined ? [] : [intensity_range];
    return {
      references: [refer("entity_cfg", entity_cfg, ["light"])],
      vary: {
        ranges: [...place, ...colour, ...strength],
        ...(colour.length + strength.length > 0 ? {} : { unit: "m" }),
        apply(scene, _layout, values) {
          const light = 3 * scene.id("light", "sun");
          const [x, y, z] = values;
          if (place.length > 0) scene.model("light_dir").set(directionFrom(x!, y!, z!), light);
          const diffuse = scene.model("light_diffuse");
          for (const channel of colour.keys()) {
            diffuse[light + channel] = NOMINAL_DIFFUSE * values[place.length + channel]!;
          }
          if (strength.length === 0) return;
          const factor = values.at(-1)! / USUAL_INTENSITY;
          for (const channel of [0, 1, 2]) {
            const full = colour.length > 0 ? diffuse[light + channel]! : NOMINAL_DIFFUSE;
            diffuse[light + channel] = full * factor;
          }
        },
      },
    };
  },
});

/** The way from a point to the origin. */
function directionFrom(x: number, y: number, z: number): readonly number[] {
  const length = Math.hypot(x, y, z);
  // A light at the origin shines nowhere: straight down then.
  return length > 0 ? [-x / length, -y / length, -z / length] : [0, 0, -1];
}

const randomizeMaterial = defineFunctor({
  name: "randomize_visual_material",
  description: "Colour of an object, red, green and blue from 0 to 1",
  modes: [...MODEL_MODES, "interval"],
  schema: z.strictObject({
    entity_cfg: ENTITY,
    base_color_range: COLOUR_BOX,
  }),
  bind: ({ entity_cfg, base_color_range }): BoundEvent => ({
    references: [refer("entity_cfg", entity_cfg, SEEN)],
    vary: {
      ranges: axesOfBox(base_color_range),
      apply(scene, layout, values) {
        const rgba = scene.model("geom_rgba");
        for (const geom of objectsOf(layout, entity_cfg.uid).flatMap(({ geoms }) => geoms)) {
          rgba.set(values, 4 * geom);
        }
      },
    },
  }),
});

const randomizeObjectPose = defineFunctor({
  name: "randomize_rigid_object_pose",
  description: "Initial position (m) and rotation (degrees about x, y, z) of an object",
  modes: ["reset"],
  schema: z.strictObject({ entity_cfg: ENTITY, ...POSE_RANGES }),
  bind: ({ entity_cfg, ...ranges }): BoundEvent => ({
    references: [refer("entity_cfg", entity_cfg, ["dynamic", "kinematic"])],
    place: (scene, layout, random) =>
      drawPose(scene, layout.objects.get(entity_cfg.uid)!, { ...ranges, random }), // checkFunctors() has found it
  }),
});

const randomizeRobotQpos = defineFunctor({
  name: "randomize_robot_qpos",
  description: "Initial offset of every joint of the robot's parts (rad; for a gripper, m)",
  modes: ["reset"],
  schema: z.strictObject({
    qpos_range: RANGE,
    control_parts: z.array(z.string()).optional(),
  }),
  bind: ({ qpos_range: [low, high], control_parts }): BoundEvent => ({
    place(scene, { parts }, random) {
      for (const { part, arm, isGripper } of parts) {
        if (!isChosen(part, control_parts)) continue;
        const qpos = scene.data("qpos"), ctrl = scene.data("ctrl");
        // The fingers of a gripper mirror each other.
        const shared = random.uniform(low, high);
        for (let i = isGripper ? 7 : 0; i < (isGripper ? 9 : 7); i++) {
          const offset = isGripper ? shared : random.uniform(low, high);
          const least = isGripper ? 0 : JOINT_LOW[i]!,
            most = isGripper ? FINGER_OPEN : JOINT_HIGH[i]!;
          qpos[arm.qpos + i] = Math.min(most, Math.max(least, qpos[arm.qpos + i]! + offset));
          ctrl[arm.ctrl + i] = qpos[arm.qpos + i]!;
        }
      }
    },
  }),
});

/** Arms alone unless parts are named: a gripper that is not open grasps nothing. */
function isChosen(part: ControlPart, chosen: readonly string[] | undefined): boolean {
  return chosen?.includes(part) ?? !part.endsWith("eef");
}

const applyForce = defineFunctor({
  name: "apply_external_force",
  description: "Force on the centre of an object, N, for the first steps of every interval",
  modes: ["interval"],
  schema: z.strictObject({
    entity_cfg: ENTITY,
    force_range: BOX,
    steps: z.int().min(1).max(1000).default(1),
  }),
  bind: ({ entity_cfg, force_range, steps }): BoundEvent => ({
    references: [refer("entity_cfg", entity_cfg, BODIES)],
    act: {
      ranges: axesOfBox(force_range),
      apply(scene, layout, values, step) {
        const { body } = layout.objects.get(entity_cfg.uid)!; // checkFunctors() has found it
        const force = step < steps ? values : [0, 0, 0];
        scene.data("xfrc_applied").set(force, 6 * body);
      },
    },
  }),
});

/** Functors of `env.events`, by name. */
export const EVENTS = functorTable<BoundEvent>([
  randomizeObjectPose,
  randomizeRobotQpos,
  randomizeMass,
  randomizeFriction,
  randomizeLight,
  randomizeMaterial,
  applyForce,
  ...ARTICULATION_EVENTS,
]);
