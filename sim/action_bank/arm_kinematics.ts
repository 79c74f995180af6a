import { ARM_JOINTS, JOINT_HIGH, JOINT_LOW, READY_POSE } from "../arm/arm.ts";
import type { ArmLayout } from "../declared/layout/layout.ts";
import { dampedLeastSquares } from "../arm/inverse_kinematics.ts";
import type { MujocoScene } from "../mujoco/mujoco.ts";
import { axesOf, type Pose } from "../world/quaternion.ts";

const JOINTS = ARM_JOINTS.length;

/** Damping of least squares, small against an arm of 0.8 m (m/rad). */
const DAMPING = 0.02;

/**
 * Share of the distance to the ready pose that one iteration covers where the hand's pose leaves a
 * joint free.
 */
const POSTURE_RATE = 0.02;

/** Largest turn of a joint in one iteration, and its margin to the limits (rad). */
const MAX_STEP = 0.2, LIMIT_MARGIN = 0.02;

/** Errors within which a pose counts as reached, well below what a grasp needs (m, rad). */
const POSITION_TOLERANCE = 5e-4, ROTATION_TOLERANCE = 5e-3;

/** Steps of 0.2 rad that cross every joint's range a few times. */
const ITERATIONS = 300;

/**
 * Joint angles at which the point between the finger tips has a pose. Leaves the scene's arm at what
 * it tried last: restore the state afterwards.
 *
 * @param seed `[7]` rad, where the search begins
 * @returns `[7]` rad, or null if the pose is out of reach
 */
export function solveArm(
  scene: MujocoScene,
  arm: ArmLayout,
  pose: Pose,
  seed: ArrayLike<number>,
): Float64Array | null {
  const angles = Float64Array.from(seed);
  const axes = axesOf(pose.rotation);
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    scene.data("qpos").set(angles, arm.qpos);
    scene.updateKinematics();
    const error = poseError(scene, arm, pose, axes);
    const isThere = Math.hypot(error[0]!, error[1]!, error[2]!) < POSITION_TOLERANCE &&
      Math.hypot(error[3]!, error[4]!, error[5]!) < ROTATION_TOLERANCE;
    if (isThere) return angles;
    const posture = READY_POSE.map((angle, i) => POSTURE_RATE * (angle - angles[i]!));
    const step = dampedLeastSquares(jacobian(scene, arm), error, posture, DAMPING);
    for (let i = 0; i < JOINTS; i++) {
      const next = angles[i]! + Math.min(MAX_STEP, Math.max(-MAX_STEP, step[i]!));
      const low = JOINT_LOW[i]! + LIMIT_MARGIN, high = JOINT_HIGH[i]! - LIMIT_MARGIN;
      angles[i] = Math.min(high, Math.max(low, next));
    }
  }
  return null;
}

/** `[6]` the way to a pose: m, then the rotation vector to first order. */
function poseError(
  scene: MujocoScene,
  { endEffector }: ArmLayout,
  { position }: Pose,
  desired: ReturnType<typeof axesOf>,
): number[] {
  const at = scene.data("site_xpos").subarray(3 * endEffector, 3 * endEffector + 3);
  const matrix = scene.data("site_xmat").subarray(9 * endEffector, 9 * endEffector + 9); // row-major
  const turn = [0, 0, 0];
  for (let column = 0; column < 3; column++) {
    const [a, b, c] = [matrix[column]!, matrix[3 + column]!, matrix[6 + column]!];
    const [x, y, z] = desired[column]!;
    turn[0]! += (b * z - c * y) / 2;
    turn[1]! += (c * x - a * z) / 2;
    turn[2]! += (a * y - b * x) / 2;
  }
  return [...position.map((to, axis) => to - at[axis]!), ...turn];
}

/** `[6, 7]` of the arm's own joints. */
function jacobian(scene: MujocoScene, { endEffector, dof }: ArmLayout): Float64Array {
  const [position, rotation] = scene.siteJacobian(endEffector);
  const rows = new Float64Array(6 * JOINTS);
  for (let row = 0; row < 6; row++) {
    const from = row < 3 ? position : rotation, first = (row % 3) * scene.dofs + dof;
    for (let j = 0; j < JOINTS; j++) rows[row * JOINTS + j] = from[first + j]!;
  }
  return rows;
}
