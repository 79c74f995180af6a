import { splitHeading } from "../../core/rotation.ts";
import type { PolicyFunction } from "../world/environment.ts";
import { type GaitState, gaitTorques, isWalking, STEP_HZ, type WalkTarget } from "./gait.ts";
import { BASE_ROT, BASE_VEL, JOINT_POS, JOINT_VEL, LOOKAHEAD, PATH } from "./quadruped_spaces.ts";

/** Waypoint that is walked to. */
const AIM = 1;
/** Share of the speed that leads to that waypoint: more than 1 makes up for what was lost. */
const SPEED_GAIN = 1.1;
/** Speed of the fastest walk (m/s). */
const MAX_SPEED = 0.7;
/**
 * Gain from the angle between path and trunk to the turn rate: about the reciprocal of the preview
 * time, so that the trunk turns in time (1/s); and the maximum turn rate (rad/s).
 */
const TURN_GAIN = 2.5, MAX_TURN = 1.2;
/** Speed of every joint below which a robot is at rest; walking is ten times as fast (rad/s). */
const REST_VELOCITY = 0.3;
/** Distance between two waypoints below which they tell little of the path's direction (m). */
const SHORT_WAY = 0.01;
/**
 * Cosine of the angle between path and trunk at which a walk to the rear begins, and how soon it is
 * one: sharp bends of a path are not meant to be walked backwards.
 */
const REAR_COSINE = -0.75, REAR_BLEND = 0.15;

/**
 * Computes the velocity that follows the waypoints: towards the one 0.4 s ahead, sideways too,
 * while the trunk turns into the direction of the path, or into the opposite direction if the path
 * leads to the rear.
 *
 * @param observation `[51]`
 */
function walkTarget(observation: Float32Array): WalkTarget {
  const { cos, sin } = splitHeading(observation, BASE_ROT);
  const point = (index: number) => {
    const x = observation[PATH + 3 * index]!, y = observation[PATH + 3 * index + 1]!;
    return [cos * x + sin * y, cos * y - sin * x] as const;
  };
  const aim = point(AIM), from = point(0);
  const rate = SPEED_GAIN / LOOKAHEAD[AIM];
  const speed = Math.hypot(...aim) * rate;
  const limit = rate * Math.min(1, MAX_SPEED / Math.max(speed, 1e-6));
  const way = Math.hypot(aim[0] - from[0], aim[1] - from[1]);
  const angle = Math.atan2(aim[1] - from[1], aim[0] - from[0]);
  const sense = Math.min(1, Math.max(-1, (Math.cos(angle) - REAR_COSINE) / REAR_BLEND));
  const turn = TURN_GAIN * sense * Math.sin(angle) * Math.min(1, way / SHORT_WAY);
  return {
    forward: aim[0] * limit,
    left: aim[1] * limit,
    turn: Math.min(MAX_TURN, Math.max(-MAX_TURN, turn)),
  };
}

/** @param observation `[51]` */
export function readGaitState(observation: Float32Array): GaitState {
  const { cos, sin, tiltX, tiltY } = splitHeading(observation, BASE_ROT);
  const vx = observation[BASE_VEL]!, vy = observation[BASE_VEL + 1]!;
  return {
    roll: tiltX,
    pitch: tiltY,
    forward: cos * vx + sin * vy,
    left: cos * vy - sin * vx,
    jointPositions: observation.subarray(JOINT_POS, JOINT_POS + 12),
    jointVelocities: observation.subarray(JOINT_VEL, JOINT_VEL + 12),
  };
}

/**
 * Creates a policy that follows the waypoints with a trot. It is a function of the observation and
 * of the gait's phase, which starts again with every walk: from a stand, which shows no phase, all
 * walks start alike. While a robot does not move at all, its walk has not started.
 */
export function createWalker(controlHz: number): PolicyFunction {
  const torques = new Float32Array(12);
  let phase = 0;
  return (observation) => {
    const state = readGaitState(observation);
    const target = walkTarget(observation);
    const moves = state.jointVelocities.some((velocity) => Math.abs(velocity) > REST_VELOCITY);
    phase = moves && isWalking(target) ? phase + STEP_HZ / controlHz : 0;
    gaitTorques(state, target, phase, torques);
    return torques;
  };
}
