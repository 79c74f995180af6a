import { createRandom, type RandomGenerator } from "../../core/random.ts";
import { renderCamera } from "../images/camera.ts";
import type { CameraImages } from "../images/camera_images.ts";
import { captureCamera } from "../images/camera_spec.ts";
import type { CameraSpec } from "../images/camera_options.ts";
import type { Drawing } from "../world/drawing.ts";
import type {
  CameraWorld,
  ImageOptions,
  ObservationStateWorld,
  RandomizationDraw,
  ViewableWorld,
} from "../world/world.ts";
import type { MujocoScene } from "../mujoco/mujoco.ts";
import { drawMujoco, mujocoPoses } from "../mujoco/mujoco_drawing.ts";
import type { PathChoice } from "./choice.ts";
import { drawCommands } from "./commands.ts";
import { readGaitState } from "./quadruped_expert.ts";
import { BODY_HEIGHT, gaitTorques, STANDING, standingPose } from "./gait.ts";
import {
  drawPath,
  FOUR_PATHS,
  type PathSpec,
  type Reference,
  referenceAt,
  TEST_PATHS,
  traceReference,
} from "./paths.ts";
import { FOOT_RADIUS, FOOT_X, FOOT_Y } from "./quadruped_scene.ts";
import {
  BASE_ANGVEL,
  BASE_POS,
  BASE_ROT,
  BASE_VEL,
  JOINT_POS,
  JOINT_VEL,
  LOOKAHEAD,
  OBSERVATION_RESOLUTION,
  PATH,
  readPath,
  USER,
  writePath,
} from "./quadruped_spaces.ts";
import { roundTo } from "../world/spaces.ts";
import { NO_VARIATION, type QuadrupedVariation, varyQuadruped } from "./variation.ts";

/** Ranges of the uniform deviation of the start from the reference (m, rad). */
const START_SPACE = 0.05, START_YAW = 0.2;
/** Standard deviation of the joints at the start (rad). */
const START_JOINTS = 0.03;

/** Seconds of one push, and the share of such slots of time in which one comes at random. */
const PUSH_SECONDS = 0.1, PUSH_SHARE = 0.04;
/** Share of a random push that acts upwards. */
const PUSH_UP = 0.3;
/** Slots from one regular push to the next, and the first that has one. */
const KICK_PERIOD = 10, KICK_SLOT = 5;

/** Options of a world of the quadruped. */
export interface QuadrupedWorldOptions {
  readonly path: PathChoice;
  readonly controlHz: number;
  /** Physics steps of one control period. */
  readonly substeps: number;
  /** Seconds for which a reference must be known. */
  readonly seconds: number;
}

/**
 * The robot, what it is to follow and the pushes that it gets. Everything that changes from step to
 * step is in the simulator's state: user data hold the path and the seed of the pushes. Disposes of
 * the scene.
 */
export class QuadrupedWorld implements ObservationStateWorld, CameraWorld, ViewableWorld {
  readonly #scene: MujocoScene;
  readonly #options: QuadrupedWorldOptions;
  readonly #trunk: number;
  readonly #pose = standingPose();
  readonly #point = new Float64Array(2);
  #variation: QuadrupedVariation = NO_VARIATION;
  #reference: Reference = { positions: new Float64Array(4), heading: 0 };

  constructor(scene: MujocoScene, options: QuadrupedWorldOptions) {
    this.#scene = scene;
    this.#options = options;
    this.#trunk = scene.id("body", "trunk");
  }

  /** Returns the reference of this episode. */
  get path(): PathSpec {
    return readPath(this.#scene.data("userdata"));
  }

  configure(draw: RandomizationDraw): void {
    this.#scene.resetModel();
    this.#variation = varyQuadruped(this.#scene, draw);
  }

  reset(random: RandomGenerator, candidate = 0): Float32Array {
    const scene = this.#scene, { path, seconds } = this.#options;
    const { push, kick, delay, tilt } = this.#variation;
    scene.resetState();
    const spec = drawSpec(path, random, candidate);
    const user = scene.data("userdata");
    writePath(user, spec);
    user[USER.push] = push;
    user[USER.kick] = kick;
    user[USER.delay] = delay;
    user[USER.pushSeed] = random.uint32();
    this.#reference = traceReference(spec, seconds);

    const yaw = this.#reference.heading + random.uniform(-START_YAW, START_YAW);
    const quaternion = multiply(
      [Math.cos(yaw / 2), 0, 0, Math.sin(yaw / 2)],
      multiply([Math.cos(tilt[1] / 2), 0, Math.sin(tilt[1] / 2), 0], [
        Math.cos(tilt[0] / 2),
        Math.sin(tilt[0] / 2),
        0,
        0,
      ]),
    );
    const qpos = scene.data("qpos");
    qpos[0] = spec.origin[0] + random.uniform(-START_SPACE, START_SPACE);
    qpos[1] = spec.origin[1] + random.uniform(-START_SPACE, START_SPACE);
    qpos[2] = BODY_HEIGHT + FOOT_RADIUS + lowering(tilt[0], tilt[1]);
    qpos.set(quaternion, 3);
    for (let joint = 0; joint < 12; joint++) {
      qpos[7 + joint] = this.#pose[joint]! + START_JOINTS * random.normal();
    }
    scene.updateKinematics();
    return this.observe();
  }

  step(action: Float32Array): Float32Array {
    if (action.length !== 12 || !action.every(Number.isFinite)) {
      throw new RangeError(
        `Cannot step: expected 12 finite numbers as action, found [${action.join(", ")}]`,
      );
    }
    const scene = this.#scene, user = scene.data("userdata");
    this.#push(user);
    const isWaiting = user[USER.step]! < user[USER.delay]! * this.#options.controlHz;
    scene.data("ctrl").set(isWaiting ? this.#stand() : action);
    scene.advance(this.#options.substeps);
    scene.data("userdata")[USER.step]! += 1;
    scene.updateKinematics();
    return this.observe();
  }

  observe(): Float32Array {
    const observation = new Float32Array(PATH + 3 * LOOKAHEAD.length);
    const qpos = this.#scene.data("qpos"), qvel = this.#scene.data("qvel");
    observation.set(qpos.subarray(0, 3));
    const w = qpos[3]!, sign = w < 0 ? -1 : 1;
    const sine = Math.hypot(qpos[4]!, qpos[5]!, qpos[6]!);
    const scale = sine > 1e-8 ? 2 * sign * Math.atan2(sine, Math.abs(w)) / sine : 2 * sign;
    for (let axis = 0; axis < 3; axis++) observation[BASE_ROT + axis] = scale * qpos[4 + axis]!;
    observation.set(qvel.subarray(0, 3), BASE_VEL);
    observation.set(qvel.subarray(3, 6), BASE_ANGVEL);
    observation.set(qpos.subarray(7, 19), JOINT_POS);
    observation.set(qvel.subarray(6, 18), JOINT_VEL);
    const time = this.#scene.data("userdata")[USER.step]! / this.#options.controlHz;
    LOOKAHEAD.forEach((ahead, i) => {
      referenceAt(this.#reference, time + ahead, this.#point, 0);
      observation[PATH + 3 * i] = this.#point[0]! - qpos[0]!;
      observation[PATH + 3 * i + 1] = this.#point[1]! - qpos[1]!;
      observation[PATH + 3 * i + 2] = BODY_HEIGHT - qpos[2]!;
    });
    return observation.map((value) => roundTo(value, OBSERVATION_RESOLUTION));
  }

  snapshot(): Float64Array {
    return this.#scene.snapshot();
  }

  restore(state: Float64Array): void {
    this.#scene.restore(state);
    this.#reference = traceReference(this.path, this.#options.seconds);
  }

  /** The pose and the velocities of the robot; nothing is followed and nothing pushes. */
  setStateFromObservation(observation: Float32Array): void {
    const qpos = this.#scene.data("qpos"), qvel = this.#scene.data("qvel");
    const part = (at: number, size: number) => observation.subarray(at, at + size);
    const turn = part(BASE_ROT, 3), angle = Math.hypot(...turn);
    const scale = angle > 1e-8 ? Math.sin(angle / 2) / angle : 0.5;
    qpos.set(part(BASE_POS, 3));
    qpos[3] = Math.cos(angle / 2);
    for (let axis = 0; axis < 3; axis++) qpos[4 + axis] = scale * turn[axis]!;
    qpos.set(part(JOINT_POS, 12), 7);
    qvel.set(part(BASE_VEL, 3));
    qvel.set(part(BASE_ANGVEL, 3), 3);
    qvel.set(part(JOINT_VEL, 12), 6);
    this.#scene.updateKinematics();
  }

  render(options: ImageOptions): Uint8Array {
    return renderCamera(this.#scene, "scene", options);
  }

  capture(camera: CameraSpec): CameraImages {
    return captureCamera(this.#scene, "scene", camera);
  }

  /** Returns the torques of a standing robot. */
  #stand(): Float32Array {
    const torques = new Float32Array(12);
    gaitTorques(readGaitState(this.observe()), STANDING, 0, torques);
    return torques;
  }

  holdAction(): Float32Array {
    return this.#stand();
  }

  drawing(): Drawing {
    return drawMujoco(this.#scene, { camera: "scene", follows: "trunk" });
  }

  poses(): Float64Array {
    return mujocoPoses(this.#scene);
  }

  /** Sets the force on the trunk at the beginning of a slot of time; it lasts for the slot. */
  #push(user: Float64Array): void {
    const steps = PUSH_SECONDS * this.#options.controlHz, step = user[USER.step]!;
    if (step % steps !== 0) return;
    const push = user[USER.push]!, kick = user[USER.kick]!, slot = step / steps;
    const force = this.#scene.data("xfrc_applied").subarray(6 * this.#trunk, 6 * this.#trunk + 3);
    force.fill(0);
    if (push === 0 && kick === 0) return;
    const random = createRandom(user[USER.pushSeed]!, "quadruped/push", slot);
    if (random.uniform() < PUSH_SHARE) {
      for (let axis = 0; axis < 3; axis++) {
        force[axis]! += push * random.normal() * (axis === 2 ? PUSH_UP : 1);
      }
    }
    if (slot % KICK_PERIOD === KICK_SLOT) {
      const direction = random.uniform(0, 2 * Math.PI);
      force[0]! += kick * Math.cos(direction);
      force[1]! += kick * Math.sin(direction);
    }
  }

  [Symbol.dispose](): void {
    this.#scene[Symbol.dispose]();
  }
}

function drawSpec(path: PathChoice, random: RandomGenerator, candidate: number): PathSpec {
  const origin = [
    random.uniform(-0.5, 0.5),
    random.uniform(-0.5, 0.5),
    random.uniform(-Math.PI, Math.PI),
  ] as const;
  if (typeof path === "object") {
    return { kind: "commands", origin, parameters: [path.seconds], commands: path.commands };
  }
  switch (path) {
    case "commands":
      return { kind: "commands", origin, parameters: [], commands: drawCommands(random) };
    case "random":
      return { ...drawPath(random), origin, commands: [] };
    default: {
      const kind = path === "four" ? FOUR_PATHS[candidate % FOUR_PATHS.length]! : path;
      return { kind, origin, parameters: TEST_PATHS[kind], commands: [] };
    }
  }
}

type Quaternion = readonly [w: number, x: number, y: number, z: number];

function multiply([w, x, y, z]: Quaternion, [a, b, c, d]: Quaternion): Quaternion {
  return [
    w * a - x * b - y * c - z * d,
    w * b + x * a + y * d - z * c,
    w * c - x * d + y * a + z * b,
    w * d + x * c - y * b + z * a,
  ];
}

/** Distance by which tilting the trunk lowers the lowest foot of a standing robot (m). */
function lowering(roll: number, pitch: number): number {
  const heights = FOOT_X.map((x, leg) =>
    -Math.sin(pitch) * x + Math.cos(pitch) * Math.sin(roll) * FOOT_Y[leg]! -
    Math.cos(pitch) * Math.cos(roll) * BODY_HEIGHT
  );
  return Math.max(0, -BODY_HEIGHT - Math.min(...heights));
}
