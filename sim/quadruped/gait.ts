import {
  CALF,
  FOOT_X,
  FOOT_Y,
  HIP_OFFSET,
  LEFT,
  ROBOT_MASS,
  THIGH,
  TORQUE_LIMIT,
} from "./quadruped_scene.ts";

/** Steps a second of each leg: a trot, diagonal legs together. */
export const STEP_HZ = 3;
/** Share of a step for which a foot is on the ground. */
const DUTY = 0.6;
/** `[4]` where in its step each leg is at phase 0. */
const PHASES = [0.25, 0.75, 0.75, 0.25];
/** Height of the hips above the feet (m). */
export const BODY_HEIGHT = 0.28;
/** Lift of a swinging foot (m); 0.08 loses tracking. */
const LIFT = 0.055;
/** Offset of the feet from their hips, which puts them below the centre of mass (m). */
const FOOT_SHIFT = -0.02;
/** Seconds by which a foot in swing is put farther for each m/s that the trunk is too fast. */
const VELOCITY_GAIN = 0.03;
/** Share of a step in which a foot takes over its load, and the load of one that has none. */
const LOADING = 0.1, MIN_LOAD = 1e-3;
/**
 * Measured of this gait: it walks 1.31 times as fast as its feet are meant to go, less 0.085 m/s,
 * and turns 1.2 times as fast.
 */
const SPEED_RATIO = 1.31, DRIFT = -0.085, TURN_RATIO = 1.2;
const GRAVITY = 9.81;
/** Stiffness (Nm/rad) and damping (Nms/rad) of every joint. */
const STIFFNESS = 80, DAMPING = 1;
/** Speed below which the robot stands, and range over which strides grow to full size (m/s). */
const STANDING_SPEED = 0.03, BLEND_SPEED = 0.07;
/** Speed that a turn of 1 rad/s counts as (m/s). */
const TURN_SPEED = 0.1;

/** Target velocity of the trunk, in its heading frame. */
export interface WalkTarget {
  /** Velocity forward and to the left (m/s). */
  readonly forward: number;
  readonly left: number;
  /** Angular velocity, counter-clockwise (rad/s). */
  readonly turn: number;
}

/** Not to move. */
export const STANDING: WalkTarget = { forward: 0, left: 0, turn: 0 };

/** State of the robot that the gait reads. */
export interface GaitState {
  /** Attitude of the trunk (rad). */
  readonly roll: number;
  readonly pitch: number;
  /** Velocity in the heading frame (m/s). */
  readonly forward: number;
  readonly left: number;
  /** `[12]` rad and rad/s. */
  readonly jointPositions: Float32Array;
  readonly jointVelocities: Float32Array;
}

/**
 * Joint angles that put a foot at a place.
 *
 * @param leg Index within {@linkcode LEGS}
 * @param x Distance ahead of the hip (m)
 * @param y Distance to the left of the hip's axis (m)
 * @param z Height above the hip's axis, negative (m)
 * @param out `[12]` rad, of which three are written; a foot out of reach is put as far as it goes
 */
export function solveLeg(leg: number, x: number, y: number, z: number, out: Float64Array): void {
  const offset = HIP_OFFSET * LEFT[leg]!;
  const height = Math.sqrt(Math.max(1e-6, y * y + z * z - offset * offset));
  const hip = Math.atan2(z, y) - Math.atan2(-height, offset);
  const reach = Math.min(x * x + height * height, (THIGH + CALF) ** 2 * 0.9999);
  const cosine = (reach - THIGH ** 2 - CALF ** 2) / (2 * THIGH * CALF);
  const calf = -Math.acos(Math.min(1, Math.max(-1, cosine)));
  out[3 * leg] = Math.atan2(Math.sin(hip), Math.cos(hip));
  out[3 * leg + 1] = Math.atan2(-x, height) -
    Math.atan2(CALF * Math.sin(calf), THIGH + CALF * Math.cos(calf));
  out[3 * leg + 2] = calf;
}

/** Returns the joint angles of a standing robot, `[12]` (rad). */
export function standingPose(): Float64Array {
  const pose = new Float64Array(12);
  LEFT.forEach((left, leg) => solveLeg(leg, FOOT_SHIFT, HIP_OFFSET * left, -BODY_HEIGHT, pose));
  return pose;
}

/** Speed that a movement counts as (m/s). */
function speedOf({ forward, left, turn }: WalkTarget): number {
  return Math.hypot(forward, left) + TURN_SPEED * Math.abs(turn);
}

/** Returns whether feet are lifted for a movement; otherwise the robot stands. */
export function isWalking(target: WalkTarget): boolean {
  return speedOf(target) > STANDING_SPEED;
}

/**
 * Torques of a trot: feet follow the ground in stance and arcs in swing, the trunk is levelled by
 * the height of the feet, and joints are driven to inverse kinematics' angles by PD control. A
 * function of its arguments alone.
 *
 * @param phase Steps since the start
 * @param torques `[12]` Nm, within ± 30
 */
export function gaitTorques(
  state: GaitState,
  target: WalkTarget,
  phase: number,
  torques: Float32Array,
): void {
  const { forward, left, turn } = target;
  const size = Math.min(1, Math.max(0, (speedOf(target) - STANDING_SPEED) / BLEND_SPEED));
  const stance = DUTY / STEP_HZ; // s
  const pushX = VELOCITY_GAIN * (state.forward - forward);
  const pushY = VELOCITY_GAIN * (state.left - left);
  for (let leg = 0; leg < 4; leg++) {
    const footX = FOOT_X[leg]!, footY = FOOT_Y[leg]!;
    const stepTurn = turn / TURN_RATIO;
    const strideX = ((forward - DRIFT) / SPEED_RATIO - stepTurn * footY) * stance;
    const strideY = (left / SPEED_RATIO + stepTurn * footX) * stance;
    const part = (phase + PHASES[leg]!) % 1;
    let x: number, y: number, lift = 0;
    const loaded = part < DUTY ? Math.min(1, Math.min(part, DUTY - part) / LOADING) : 0;
    loads[leg] = MIN_LOAD + 1 - size * (1 - loaded);
    if (part < DUTY) {
      const done = part / DUTY - 0.5;
      x = -strideX * done;
      y = -strideY * done;
    } else {
      const done = (part - DUTY) / (1 - DUTY), smooth = 0.5 - 0.5 * Math.cos(Math.PI * done);
      x = strideX * (smooth - 0.5) + pushX * smooth;
      y = strideY * (smooth - 0.5) + pushY * smooth;
      lift = size * LIFT * Math.sin(Math.PI * done);
    }
    const level = state.roll * footY - state.pitch * footX;
    solveLeg(
      leg,
      FOOT_SHIFT + size * x,
      HIP_OFFSET * LEFT[leg]! + size * y,
      lift + level - BODY_HEIGHT,
      targets,
    );
  }
  carryWeight();
  for (let joint = 0; joint < 12; joint++) {
    const torque = support[joint]! +
      STIFFNESS * (targets[joint]! - state.jointPositions[joint]!) -
      DAMPING * state.jointVelocities[joint]!;
    torques[joint] = Math.min(TORQUE_LIMIT, Math.max(-TORQUE_LIMIT, torque));
  }
}

/** Buffers that every call overwrites: `[12]` angles (rad) and torques (N·m), `[4]` shares. */
const targets = new Float64Array(12), support = new Float64Array(12), loads = new Float64Array(4);

/**
 * Torques with which the feet carry the robot, from the transposed Jacobian of each: without them
 * legs give way when they are loaded, and every step goes backwards a little.
 */
function carryWeight(): void {
  const total = loads.reduce((sum, load) => sum + load, 0);
  for (let leg = 0; leg < 4; leg++) {
    const force = ROBOT_MASS * GRAVITY * loads[leg]! / total; // N
    const thigh = targets[3 * leg + 1]!, calf = thigh + targets[3 * leg + 2]!;
    const calfX = -CALF * Math.sin(calf); // m from knee to foot
    support[3 * leg + 1] = force * (calfX - THIGH * Math.sin(thigh));
    support[3 * leg + 2] = force * calfX;
  }
}
