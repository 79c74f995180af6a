import { ARM_JOINTS, FINGER_OPEN, JOINT_HIGH, JOINT_LOW } from "../arm/arm.ts";
import type { FieldSpec } from "../../core/episode.ts";
import type { Limit } from "../world/environment.ts";
import type { StabilityCheck } from "../episodes/stability_check.ts";
import { jointLimits, jointVelocities } from "../episodes/stability_checks.ts";
import { jointsOf } from "./config/articulation_joints.ts";
import type { GymConfig } from "./config/gym_config_types.ts";
import { ROBOT_PARTS } from "./config/gym_config.ts";

/** Limits of {@linkcode stabilityOf}, by name. */
export const LIMITS: Readonly<Record<string, Limit>> = {
  joint_margin: { value: 0.01, unit: "rad", description: "Tolerance beyond a joint's limit" },
  joint_speed: { value: 2.61, unit: "rad/s", description: "Maximum speed of any joint" },
};

/** Control steps a second: what the recorder's robot_meta says, else 20. */
export function controlHzOf({ env }: GymConfig): number {
  return Object.values(env.dataset)[0]?.params.robot_meta.control_freq ?? 20;
}

/** Parts that actions control, in their order. */
export function controlParts({ env, robot }: GymConfig) {
  return env.control_parts ?? ROBOT_PARTS[robot.robot_type];
}

/** The action of a config: see `declaredEnvironment()`. */
export function actionField(config: GymConfig): FieldSpec {
  const parts = controlParts(config);
  const each = <Value>(arm: readonly Value[], gripper: Value) =>
    parts.flatMap((part) => part.endsWith("eef") ? [gripper] : arm);
  return {
    name: "action",
    dtype: "float32",
    shape: [each(ARM_JOINTS, "").length],
    description: "Targets of joints (rad) and openings of fingers (m) of the control parts",
    components: parts.flatMap((part) =>
      part.endsWith("eef") ? [part] : ARM_JOINTS.map((joint) => `${part}_${joint}`)
    ),
    low: each<number>(JOINT_LOW, 0),
    high: each<number>(JOINT_HIGH, FINGER_OPEN),
  };
}

/**
 * Numbers of a state of MuJoCo (`mjSTATE_INTEGRATION`): time, qpos, qvel, warm start, ctrl, applied
 * forces of joints and of bodies, poses of kinematic bodies.
 */
export function stateSizeOf(
  { robot, background, rigid_object, rigid_object_group, articulation }: GymConfig,
): number {
  const arms = ROBOT_PARTS[robot.robot_type].length / 2;
  const bodies = [...background, ...rigid_object];
  const members = rigid_object_group.reduce((sum, { count }) => sum + count, 0);
  const fixed = articulation.filter(({ fix_base }) => fix_base).length;
  const links = articulation.reduce((sum, { links }) => sum + links.length, 0);
  const hinges = articulation.flatMap(jointsOf);
  const free = bodies.filter(({ body_type }) => body_type === "dynamic").length + members +
    articulation.length - fixed;
  const mocap = bodies.filter(({ body_type }) => body_type === "kinematic").length + fixed;
  const controls = 9 * arms + hinges.filter(({ stiffness }) => stiffness > 0).length;
  const joints = 9 * arms + hinges.length;
  const nv = joints + 6 * free;
  // The world, the camera's focus; of an arm its base, 7 links, hand and two fingers.
  const count = 2 + 11 * arms + bodies.length + members + links;
  return 1 + (joints + 7 * free) + 3 * nv + controls + 6 * count + 7 * mocap;
}

/** Checks of an episode of any declared environment, in the order in which they are asked. */
export function stabilityOf(config: GymConfig): readonly StabilityCheck[] {
  const isModified = Object.values(config.env.observations).some(({ mode }) => mode === "modify");
  const parts = ROBOT_PARTS[config.robot.robot_type];
  const bounds = (arm: readonly number[], finger: number) =>
    parts.flatMap((part) => part.endsWith("eef") ? [finger] : arm);
  return [
    ...(isModified ? [] : [
      jointLimits("joint_pos", {
        low: bounds(JOINT_LOW, 0),
        high: bounds(JOINT_HIGH, FINGER_OPEN),
      }, "joint_margin"),
    ]),
    jointVelocities("joint_vel", "joint_speed"),
  ];
}
