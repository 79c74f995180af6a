import { ARM_JOINTS, FINGER_OPEN, JOINT_HIGH, JOINT_LOW, READY_POSE } from "./arm.ts";
import { dampedLeastSquares } from "./inverse_kinematics.ts";
import type { MujocoScene } from "../mujoco/mujoco.ts";

const JOINTS = ARM_JOINTS.length;

/** Damping of least squares, small against the Jacobian but for outstretched poses (m/rad). */
const DAMPING = 0.05;

/** Share of the return to the ready pose in a control period, where the hand leaves it open. */
const POSTURE_RATE = 0.1;

/** Largest lead of a joint's target; it bounds the speed where damping does not (rad). */
const MAX_LEAD = 0.1;

/** Box of end effector targets: over the table, and not through the base (m). */
const WORKSPACE_LOW = [0.2, -0.5, 0.04], WORKSPACE_HIGH = [0.85, 0.5, 0.8];

/**
 * Distance that weighs as much as a rotation of 1 rad: well under the arm's length, so that a hand
 * that is asked to move does not first rotate (m).
 */
const ORIENTATION_WEIGHT = 0.5;

/** Options of {@linkcode moveEndEffector}. */
export interface MoveOptions {
  /** Keeps the hand pointing down, its fingers opening along y. The posture decides otherwise. */
  readonly upright?: boolean;
  /** Lowest target height of the end effector (m). */
  readonly floor?: number;
}

/** Margin of targets to the joint limits, so that inertia carries no joint past one (rad). */
const LIMIT_MARGIN = 0.02;

/** Indices of the arm's controls, looked up once. Joints and actuators come first. */
export interface ArmHandles {
  readonly endEffector: number;
}

/** Looks the arm up in a scene of `armScene()`. */
export function findArm(scene: MujocoScene): ArmHandles {
  return { endEffector: scene.id("site", "ee") };
}

/**
 * Sets the servo targets that move the end effector by a vector within the next control period or
 * two.
 *
 * @param delta `[3]` m
 */
export function moveEndEffector(
  scene: MujocoScene,
  { endEffector }: ArmHandles,
  delta: ArrayLike<number>,
  { upright = false, floor = WORKSPACE_LOW[2]! }: MoveOptions = {},
): void {
  const low = [...WORKSPACE_LOW.slice(0, 2), floor];
  const position = scene.data("site_xpos").subarray(3 * endEffector, 3 * endEffector + 3);
  const targetDisplacement = Array.from(position, (from, axis) => {
    const to = Math.min(WORKSPACE_HIGH[axis]!, Math.max(low[axis]!, from + delta[axis]!));
    return to - from;
  });
  if (upright) targetDisplacement.push(...turnUpright(scene, endEffector));
  const jacobian = armJacobian(scene, endEffector, targetDisplacement.length);
  const qpos = scene.data("qpos"), ctrl = scene.data("ctrl");
  const posture = READY_POSE.map((angle, i) => POSTURE_RATE * (angle - qpos[i]!));
  const step = dampedLeastSquares(jacobian, targetDisplacement, posture, DAMPING);
  for (let i = 0; i < JOINTS; i++) {
    const lead = Math.min(MAX_LEAD, Math.max(-MAX_LEAD, step[i]!));
    const low = JOINT_LOW[i]! + LIMIT_MARGIN, high = JOINT_HIGH[i]! - LIMIT_MARGIN;
    ctrl[i] = Math.min(high, Math.max(low, qpos[i]! + lead));
  }
}

/** `[rows, 7]` of the position in m/rad and, with six rows, of the weighted orientation. */
function armJacobian(scene: MujocoScene, endEffector: number, rows: number): Float64Array {
  const [position, rotation] = scene.siteJacobian(endEffector);
  const jacobian = new Float64Array(rows * JOINTS);
  for (let row = 0; row < rows; row++) {
    const from = row < 3 ? position : rotation, first = (row % 3) * scene.dofs;
    const weight = row < 3 ? 1 : ORIENTATION_WEIGHT;
    for (let j = 0; j < JOINTS; j++) jacobian[row * JOINTS + j] = weight * from[first + j]!;
  }
  return jacobian;
}

/**
 * The weighted small rotation that turns the hand's z axis up and its x axis into the xz plane.
 *
 * @returns `[3]`
 */
function turnUpright(scene: MujocoScene, endEffector: number): number[] {
  const axes = scene.data("site_xmat").subarray(9 * endEffector, 9 * endEffector + 9); // row-major
  const zx = axes[2]!, zy = axes[5]!, xy = axes[3]!;
  return [zy, -zx, -xy].map((angle) => ORIENTATION_WEIGHT * angle);
}

/** Opens or closes the gripper all the way, as fast as its servos can. */
export function setGripper(scene: MujocoScene, open: boolean): void {
  scene.data("ctrl").fill(open ? FINGER_OPEN : 0, JOINTS, JOINTS + 2);
}

/** Whether the fingers are asked to be open. */
export function isGripperOpen(scene: MujocoScene): boolean {
  return scene.data("ctrl")[JOINTS]! > 0;
}

/** Opens (positive) or closes the gripper by a displacement of each finger (m). */
export function moveGripper(scene: MujocoScene, delta: number): void {
  const ctrl = scene.data("ctrl");
  const target = Math.min(FINGER_OPEN, Math.max(0, ctrl[JOINTS]! + delta));
  ctrl[JOINTS] = target;
  ctrl[JOINTS + 1] = target;
}

/**
 * Puts the arm at rest in a pose, with open fingers and servos that hold it.
 *
 * @param pose `[7]` rad
 */
export function placeArm(scene: MujocoScene, pose: ArrayLike<number>): void {
  for (const array of [scene.data("qpos"), scene.data("ctrl")]) {
    array.set(pose);
    array.fill(FINGER_OPEN, JOINTS, JOINTS + 2);
  }
}
