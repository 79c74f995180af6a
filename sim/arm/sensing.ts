import type { FieldSpec } from "../../core/episode.ts";
import { ARM_JOINTS, JOINT_HIGH, JOINT_LOW } from "./arm.ts";
import type { ArmHandles } from "./control.ts";
import type { Limit } from "../world/environment.ts";
import type { MujocoScene } from "../mujoco/mujoco.ts";
import type { StabilityCheck } from "../episodes/stability_check.ts";
import { jointLimits, jointVelocities, settling, workspace } from "../episodes/stability_checks.ts";

/** Tolerance of joint limits: a limit is a stiff spring, which an impact can push in (rad). */
const LIMIT_SLACK = 0.1;

/** First observations of every task of the arm: fields of 7, 7 and 3. */
export const ARM_OBSERVATION: readonly FieldSpec[] = [
  {
    name: "joint_pos",
    dtype: "float32",
    shape: [7],
    description: "Joint angles",
    unit: "rad",
    components: ARM_JOINTS,
    low: JOINT_LOW.map((limit) => limit - LIMIT_SLACK),
    high: JOINT_HIGH.map((limit) => limit + LIMIT_SLACK),
  },
  {
    name: "joint_vel",
    dtype: "float32",
    shape: [7],
    description: "Joint velocities",
    unit: "rad/s",
    components: ARM_JOINTS,
    low: [-10],
    high: [10],
  },
  {
    name: "ee_pos",
    dtype: "float32",
    shape: [3],
    description: "Point between the finger tips",
    unit: "m",
    components: ["x", "y", "z"],
    low: [-1.2, -1.2, -0.6],
    high: [1.2, 1.2, 1.5],
  },
];

/** Writes the fields of {@linkcode ARM_OBSERVATION} to the start of an observation. */
export function observeArm(
  scene: MujocoScene,
  { endEffector }: ArmHandles,
  observation: Float32Array,
): void {
  observation.set(scene.data("qpos").subarray(0, 7), 0);
  observation.set(scene.data("qvel").subarray(0, 7), 7);
  const site = 3 * endEffector;
  observation.set(scene.data("site_xpos").subarray(site, site + 3), 14);
}

/** The point where joints 1 and 2 meet (m). */
const SHOULDER = [0, 0, 0.333] as const;

/** Limits of {@linkcode armStability}, by name. */
export const ARM_LIMITS: Readonly<Record<string, Limit>> = {
  joint_margin: { value: 0.01, unit: "rad", description: "Tolerance beyond a joint's limit" },
  // The data sheet's; scripted episodes stay under 0.9, random ones under 2.
  joint_speed: { value: 2.61, unit: "rad/s", description: "Maximum speed of any joint" },
  workspace_floor: {
    value: 0,
    unit: "m",
    description: "Minimum height of the end effector; the table top is 0",
  },
  // The outstretched arm with its hand.
  workspace_radius: {
    value: 1,
    unit: "m",
    description: "Maximum distance of the end effector from the shoulder",
  },
  settling_speed: {
    value: 1,
    unit: "m/s",
    description: "Maximum mean speed of the end effector over the last 5 steps",
  },
};

/** Checks of an episode of the arm, in the order in which they are asked. */
export function armStability(controlHz: number): readonly StabilityCheck[] {
  return [
    jointLimits("joint_pos", { low: JOINT_LOW, high: JOINT_HIGH }, "joint_margin"),
    jointVelocities("joint_vel", "joint_speed"),
    workspace("ee_pos", SHOULDER, { floor: "workspace_floor", radius: "workspace_radius" }),
    settling("ee_pos", { controlHz, window: 5, limit: "settling_speed" }),
  ];
}
