import type { BoundObservation } from "./bound_functors.ts";
import type { ControlPart, GymConfig } from "../config/gym_config_types.ts";
import type { ObservedField } from "./observed_field.ts";
import { z } from "zod";
import type { FieldSpec } from "../../../core/episode.ts";
import { ARM_JOINTS, FINGER_OPEN, JOINT_HIGH, JOINT_LOW } from "../../arm/arm.ts";
import { ARTICULATION_OBSERVATIONS } from "./articulation_functors.ts";
import { defineFunctor, ENTITY, functorTable, POSED, poseField, refer } from "./functor.ts";
import { ROBOT_PARTS } from "../config/gym_config.ts";
import { poseOf } from "../layout/layout.ts";
import { sensorFields } from "./sensors.ts";
import { membersInside } from "../layout/vessels.ts";

/** Bound of positions, which nothing leaves (m). */
const SPACE = 100;

/**
 * Tolerance of the limits of joints (rad) and fingers (m): a limit is a stiff spring, which an
 * impact can push in.
 */
const LIMIT_SLACK = 0.1, FINGER_SLACK = 0.01;

const objectPose = defineFunctor({
  name: "get_rigid_object_pose",
  description:
    "Position (m) and rotation (quaternion w, x, y, z) of an object or a link: `<uid>_pose`",
  modes: ["add"],
  schema: z.strictObject({ entity_cfg: ENTITY }),
  bind: ({ entity_cfg }): BoundObservation => ({
    references: [refer("entity_cfg", entity_cfg, POSED)],
    field: poseField(entity_cfg.uid),
    spec: () => ({
      dtype: "float32",
      shape: [7],
      description: `Place (m) and rotation of ${entity_cfg.uid}`,
      components: ["x", "y", "z", "qw", "qx", "qy", "qz"],
      // A quaternion is of unit length but for rounding.
      low: [-SPACE, -SPACE, -SPACE, -1.001, -1.001, -1.001, -1.001],
      high: [SPACE, SPACE, SPACE, 1.001, 1.001, 1.001, 1.001],
    }),
    read(scene, { objects }) {
      const { position, rotation } = poseOf(scene, objects.get(entity_cfg.uid)!);
      return [...position, ...rotation];
    },
  }),
});

const objectVelocity = defineFunctor({
  name: "get_rigid_object_velocity",
  description: "Velocity (m/s) and angular velocity (rad/s) of an object: `<uid>_velocity`",
  modes: ["add"],
  schema: z.strictObject({ entity_cfg: ENTITY }),
  bind: ({ entity_cfg }): BoundObservation => ({
    references: [refer("entity_cfg", entity_cfg, ["dynamic"])],
    field: `${entity_cfg.uid}_velocity`,
    spec: () => ({
      dtype: "float32",
      shape: [6],
      description: `Velocity (m/s) and angular velocity (rad/s) of ${entity_cfg.uid}`,
      components: ["vx", "vy", "vz", "wx", "wy", "wz"],
    }),
    read(scene, { objects }) {
      const { dof } = objects.get(entity_cfg.uid)!.free!; // a dynamic object
      return scene.data("qvel").slice(dof, dof + 6);
    },
  }),
});

const endEffectorPosition = defineFunctor({
  name: "get_robot_eef_position",
  description: "Point between the fingertips of a gripper (eef, left_eef or right_eef; m): " +
    "`<control_part>_position`",
  modes: ["add"],
  schema: z.strictObject({ control_part: z.enum(["eef", "left_eef", "right_eef"]) }),
  bind: ({ control_part }): BoundObservation => ({
    field: `${control_part}_position`,
    spec: () => ({
      dtype: "float32",
      shape: [3],
      description: `Point between the finger tips of ${control_part}`,
      unit: "m",
      components: ["x", "y", "z"],
      low: [-SPACE],
      high: [SPACE],
    }),
    read(scene, { parts }) {
      const { endEffector } = (parts.find(({ part }) => part === control_part) ?? parts[0]!).arm;
      return scene.data("site_xpos").slice(3 * endEffector, 3 * endEffector + 3);
    },
  }),
});

const fractionInside = defineFunctor({
  name: "get_fraction_inside",
  description: "Fraction of a group that is inside a vessel, 0 to 1: `<group>_in_<vessel>`",
  modes: ["add"],
  schema: z.strictObject({ group: ENTITY, vessel: ENTITY }),
  bind: ({ group, vessel }): BoundObservation => ({
    references: [refer("group", group, ["group"]), refer("vessel", vessel, ["vessel"])],
    field: `${group.uid}_in_${vessel.uid}`,
    spec: () => ({
      dtype: "float32",
      shape: [1],
      description: `Share of ${group.uid} that is inside ${vessel.uid}`,
      low: [0],
      high: [1],
    }),
    read(scene, layout, config) {
      const inside = membersInside({ scene, layout, config }, group.uid, vessel.uid);
      return [inside.length / layout.groups.get(group.uid)!.length]; // checkFunctors() has found it
    },
  }),
});

const normalizeJoints = defineFunctor({
  name: "normalize_robot_joint_data",
  description: "Maps joint positions from their limits to [−1, 1]: modifies `joint_pos`",
  modes: ["modify"],
  schema: z.strictObject({}),
  bind: (): BoundObservation => ({
    field: "joint_pos",
    modify: {
      spec: (field) => ({ ...unitless(field), low: [-1], high: [1] }),
      values: (values, { low, high }) =>
        Array.from(
          values,
          (value, i) => 2 * (value - low![i]!) / (high![i]! - low![i]!) - 1, // joint_pos has both
        ),
    },
  }),
});

function unitless({ unit: _, ...field }: FieldSpec): FieldSpec {
  return { ...field, description: `${field.description}, from their limits to [−1, 1]` };
}

/** Functors of `env.observations`, by name. */
export const OBSERVATIONS = functorTable<BoundObservation>([
  objectPose,
  objectVelocity,
  endEffectorPosition,
  fractionInside,
  normalizeJoints,
  ...ARTICULATION_OBSERVATIONS,
]);

/** Names of the observation fields of a config whose functors are known, in order. */
export function observationNames(config: GymConfig): readonly string[] {
  const { env } = config;
  const added = Object.values(env.observations).filter(({ mode }) => mode === "add");
  return [
    "joint_pos",
    "joint_vel",
    ...added.map(({ name, func, params }) => name ?? OBSERVATIONS[func]!.bind(params).field),
    ...sensorFields(config).map(({ spec }) => spec.name),
  ];
}

/** The observation of a checked config: joints, then what functors add, all as these modify it. */
export function observedFields(config: GymConfig): readonly ObservedField[] {
  const bound = Object.values(config.env.observations).map(({ name, func, params, mode }) => {
    const functor = OBSERVATIONS[func]!.bind(params); // checkFunctors() has found it
    return { ...functor, mode, field: name ?? functor.field };
  });
  const added = bound.flatMap(({ field, spec, read }): ObservedField[] =>
    spec === undefined || read === undefined ? [] : [{
      spec: { ...spec(config), name: field },
      read: (scene, layout) => read(scene, layout, config),
    }]
  );
  const fields = [
    jointPositions(config),
    jointVelocities(config),
    ...added,
    ...sensorFields(config),
  ];
  return fields.map((field) =>
    bound.filter((functor) => functor.field === field.spec.name).reduce(
      (before, { modify }) =>
        modify === undefined ? before : {
          spec: modify.spec(before.spec),
          read: (scene, layout) => modify.values(before.read(scene, layout), before.spec),
        },
      field,
    )
  );
}

/** Names of the robot's joints: seven an arm, one a gripper. */
function jointNames({ robot }: GymConfig): readonly string[] {
  return ROBOT_PARTS[robot.robot_type].flatMap(namesOfPart);
}

function namesOfPart(part: ControlPart): readonly string[] {
  return part.endsWith("eef") ? [part] : ARM_JOINTS.map((joint) => `${part}_${joint}`);
}

function jointPositions(config: GymConfig): ObservedField {
  const bounds = (arm: readonly number[], finger: number, slack: number) =>
    ROBOT_PARTS[config.robot.robot_type].flatMap((part) =>
      part.endsWith("eef") ? [finger] : arm.map((limit) => limit + slack)
    );
  return {
    spec: {
      name: "joint_pos",
      dtype: "float32",
      shape: [jointNames(config).length],
      description: "Joint angles (rad) and mean openings of the fingers (m)",
      components: jointNames(config),
      low: bounds(JOINT_LOW, -FINGER_SLACK, -LIMIT_SLACK),
      high: bounds(JOINT_HIGH, FINGER_OPEN + FINGER_SLACK, LIMIT_SLACK),
    },
    read: (scene, { arms }) => {
      const qpos = scene.data("qpos");
      return arms.flatMap(({ qpos: at }) => joined(qpos, at));
    },
  };
}

function jointVelocities(config: GymConfig): ObservedField {
  return {
    spec: {
      name: "joint_vel",
      dtype: "float32",
      shape: [jointNames(config).length],
      description: "Velocities of joints (rad/s) and fingers (m/s)",
      components: jointNames(config),
    },
    read: (scene, { arms }) => {
      const qvel = scene.data("qvel");
      return arms.flatMap(({ dof }) => joined(qvel, dof));
    },
  };
}

/** Seven joints and the mean of two fingers. */
function joined(values: Float64Array, at: number): number[] {
  return [...values.subarray(at, at + 7), (values[at + 7]! + values[at + 8]!) / 2];
}
