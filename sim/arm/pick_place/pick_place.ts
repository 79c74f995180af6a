import type { FieldSpec } from "../../../core/episode.ts";
import { InvalidInputError } from "../../../core/errors.ts";
import type { RandomGenerator } from "../../../core/random.ts";
import { suggestName } from "../../../core/suggest.ts";
import { READY_POSE } from "../arm.ts";
import { findArm, isGripperOpen, moveEndEffector, placeArm, setGripper } from "../control.ts";
import { ARM_RANDOMIZATION, varyArm } from "../arm_randomization.ts";
import { ARM_LIMITS, armStability, observeArm } from "../sensing.ts";
import type {
  EnvironmentDefinition,
  Outcome,
  OutcomeFunction,
  PolicyFunction,
  RandomizationSpec,
} from "../../world/environment.ts";
import type { RandomizationDraw, World, WorldOptions } from "../../world/world.ts";
import { MUJOCO, MujocoScene } from "../../mujoco/mujoco.ts";
import { countSubsteps, type MujocoTask, MujocoWorld } from "../../mujoco/mujoco_world.ts";
import { pickPlaceExpert } from "./pick_place_expert.ts";
import { CUBE_HALF, CUBE_QPOS, pickPlaceScene } from "./pick_place_scene.ts";
import {
  CUBE,
  displacement,
  EE,
  GOAL_HIGH,
  GOAL_LOW,
  GRIPPER,
  isGrasped,
  PICK_PLACE_OBSERVATION,
  PLACE_HIGH,
  PLACE_LOW,
  TARGET,
} from "./pick_place_spaces.ts";
import { episodeSchema, observationSize } from "../../world/schema.ts";

const CONTROL_HZ = 20;
/** Physics timestep; twice as long a one loses one grasp in eight (s). */
const PHYSICS_TIMESTEP = 0.002;

/** Target displacement of the end effector in one step at action 1 (m). */
const STEP = 0.1;
/** Lowest target height of the finger tips (m). */
const FLOOR = 0.005;
/** Range of each joint's uniform deviation from the ready pose at the start (rad). */
const START_NOISE = 0.05;
/** Least distance of the goal from the cube at the start (m). */
const MIN_WAY = 0.1;

/** Height at which the cube counts as lifted (m). */
const LIFTED_HEIGHT = 2 * CUBE_HALF + 0.005;
/** Distances from the goal: for success, and for the reward of being there (m). */
const PLACE_DISTANCE = 0.03, GOAL_DISTANCE = 0.05;
/** Distance from the cube that is rewarded before the grasp (m). */
const REACH_DISTANCE = 0.08;
/** Steps in a row for which the cube must stay at the goal. */
const HOLD_STEPS = 10;

const ACTION: FieldSpec = {
  name: "action",
  dtype: "float32",
  shape: [4],
  description: "End effector step in units of 0.1 m; fingers open above 0, else close",
  components: ["dx", "dy", "dz", "gripper"],
  low: [-1],
  high: [1],
};

const OBJECT_YAW: RandomizationSpec = {
  name: "object_yaw",
  description: "Yaw of the cube at the start",
  distribution: "uniform",
  shape: [],
  range: [-0.6, 0.6],
  bounds: [-Math.PI, Math.PI],
  unit: "rad",
  default: false,
};

/**
 * ## Description
 *
 * The arm of `reach` lifts a cube of 3 cm and 50 g off the table and holds it at a goal in the air:
 * the task of SimScaleAI's `pick_place`, with a grasp by friction in place of a lock.
 *
 * ## Action Space
 *
 * `Box(-1, 1, (4,), float32)`, 20 a second:
 *
 * | index | meaning                                            | min | max | unit  |
 * |-------|----------------------------------------------------|-----|-----|-------|
 * | 0–2   | step of the end effector along x, y, z             | −1  | 1   | 0.1 m |
 * | 3     | above 0 the fingers open all the way, else they close | −1  | 1   |       |
 *
 * Damped least squares, with three rows that keep the hand upright and its fingers along y, turns
 * the step into targets of the joints' servos. They lead the joints by at most 0.1 rad.
 *
 * ## Observation Space
 *
 * Dictionary of float32; a policy gets the fields in this order, as one vector of 28:
 *
 * | index | field           | meaning                  | min          | max           | unit  |
 * |-------|-----------------|--------------------------|--------------|---------------|-------|
 * | 0–6   | `joint_pos`     | joint angles j1 … j7     | limits − .1  | limits + .1   | rad   |
 * | 7–13  | `joint_vel`     | joint velocities         | −10          | 10            | rad/s |
 * | 14–16 | `ee_pos`        | end effector x, y, z     | −1.2 −1.2 −.6 | 1.2 1.2 1.5  | m     |
 * | 17–19 | `target_pos`    | goal x, y, z             | .3 −.2 .05   | .6 .2 .25     | m     |
 * | 20–22 | `object_pos`    | middle of the cube x, y, z | −5 −5 −1   | 5 5 3         | m     |
 * | 23–26 | `object_quat`   | its rotation w, x, y, z  | −1           | 1             |       |
 * | 27    | `gripper_state` | mean opening of a finger | −.005        | .045          | m     |
 *
 * ## Rewards
 *
 * Minus the distance of end effector and cube in m; plus 1 if the cube is grasped, else 0.25
 * within 0.08 m; plus 1 if it is grasped and lifted; where it is lifted, minus its distance from
 * the goal, plus 5 where that is below 0.05 m. Grasped: the fingers are as far apart as the cube is
 * wide and it is between them. Lifted: its middle is higher than 0.035 m.
 *
 * ## Starting State
 *
 * At rest, every joint within ± 0.05 rad (uniform) of a bent ready pose, fingers open; the cube on
 * the table, parallel to it unless `object_yaw` is randomized, x U(.3, .6), y U(−.2, .2) m; the goal
 * in the same range, .05 to .25 m high and at least 0.1 m from the cube.
 *
 * ## Episode End
 *
 * Terminated, with success, when the cube was lifted and within 0.03 m of the goal for 10 steps in
 * a row; truncated after 200 steps.
 *
 * ## Policies
 *
 * `scripted` approaches, descends, grasps, lifts and carries, as a function of the observation.
 * `random` is uniform in the action space.
 */
export const pickPlace: EnvironmentDefinition = {
  name: "pick_place",
  description: "A 7-joint arm lifts a cube by friction and holds it at a goal",
  codeVersion: 1,
  engine: MUJOCO,
  controlHz: CONTROL_HZ,
  physicsTimestep: PHYSICS_TIMESTEP,
  maxSteps: 200,
  observation: PICK_PLACE_OBSERVATION,
  action: ACTION,
  stateSize: 162,
  quantities: [
    {
      name: "distances",
      description: "Of end effector and cube, and of cube and goal",
      unit: "m",
      components: ["to cube", "cube to goal"],
      of: (observation) => [
        Math.hypot(...displacement(observation, EE, CUBE)),
        Math.hypot(...displacement(observation, CUBE, TARGET)),
      ],
    },
    {
      name: "height of the cube",
      description: "Of its middle above the table; it rests at 0.015 m",
      unit: "m",
      of: (observation) => [observation[CUBE + 2]!],
    },
  ],
  policies: ["random", "scripted"],
  randomization: [...ARM_RANDOMIZATION, OBJECT_YAW],
  cameras: ["scene"],
  limits: ARM_LIMITS,
  stability: armStability(CONTROL_HZ),
  schema: (options) => episodeSchema(pickPlace, options),
  create: createPickPlace,
  createPolicy,
  createOutcomeFunction,
};

async function createPickPlace(options: WorldOptions = {}): Promise<World> {
  const timestep = options.physicsTimestep ?? PHYSICS_TIMESTEP;
  const substeps = countSubsteps(CONTROL_HZ, timestep);
  const scene = await MujocoScene.compile(pickPlaceScene(timestep));
  const arm = findArm(scene);
  const task: MujocoTask = {
    substeps,
    camera: "scene",
    observationSize: observationSize({ observation: PICK_PLACE_OBSERVATION }),
    actionSize: 4,
    draggable: ["target", "cube"],
    vary,
    place(scene, random) {
      placeArm(scene, READY_POSE.map((q) => q + random.uniform(-START_NOISE, START_NOISE)));
      const cube = [...drawPlace(random), CUBE_HALF];
      scene.data("qpos").set(cube, CUBE_QPOS);
      scene.data("mocap_pos").set(drawGoal(random, cube));
    },
    control(scene, action) {
      const delta = action.subarray(0, 3).map((a) => STEP * a);
      moveEndEffector(scene, arm, delta, { upright: true, floor: FLOOR });
      setGripper(scene, action[3]! > 0);
    },
    observe(scene, observation) {
      observeArm(scene, arm, observation);
      observation.set(scene.data("mocap_pos").subarray(0, 3), TARGET);
      const qpos = scene.data("qpos");
      observation.set(qpos.subarray(CUBE_QPOS, CUBE_QPOS + 7), CUBE);
      observation[GRIPPER] = (qpos[CUBE_QPOS - 2]! + qpos[CUBE_QPOS - 1]!) / 2;
    },
    holdAction: (scene) => Float32Array.of(0, 0, 0, isGripperOpen(scene) ? 1 : -1),
  };
  return new MujocoWorld(scene, task);
}

/** The cube's yaw is part of the model's own start state, where a reset finds it. */
function vary(scene: MujocoScene, { [OBJECT_YAW.name]: yaw, ...draw }: RandomizationDraw): void {
  varyArm(scene, draw);
  if (yaw === undefined) return;
  const half = yaw[0]! / 2;
  scene.model("qpos0").set([Math.cos(half), 0, 0, Math.sin(half)], CUBE_QPOS + 3);
}

function drawPlace(random: RandomGenerator): number[] {
  return PLACE_LOW.map((low, axis) => random.uniform(low, PLACE_HIGH[axis]!));
}

/** Draws until the goal is far enough from the cube: seldom more than once. */
function drawGoal(random: RandomGenerator, cube: readonly number[]): number[] {
  for (;;) {
    const goal = [...drawPlace(random), random.uniform(GOAL_LOW, GOAL_HIGH)];
    if (Math.hypot(...goal.map((to, axis) => to - cube[axis]!)) >= MIN_WAY) return goal;
  }
}

function createOutcomeFunction(): OutcomeFunction {
  let held = 0;
  return (observation): Outcome => {
    const isLifted = observation[CUBE + 2]! > LIFTED_HEIGHT;
    const distance = Math.hypot(...displacement(observation, CUBE, TARGET));
    held = isLifted && distance < PLACE_DISTANCE ? held + 1 : 0;
    const success = held >= HOLD_STEPS;
    return { reward: rewardOf(observation, isLifted, distance), terminated: success, success };
  };
}

function rewardOf(observation: Float32Array, isLifted: boolean, distance: number): number {
  const reach = Math.hypot(...displacement(observation, EE, CUBE));
  let reward = -reach;
  if (isGrasped(observation)) reward += isLifted ? 2 : 1;
  else if (reach < REACH_DISTANCE) reward += 0.25;
  if (isLifted) reward += (distance < GOAL_DISTANCE ? 5 : 0) - distance;
  return reward;
}

function createPolicy(name: string, _world: World, random: RandomGenerator): PolicyFunction {
  switch (name) {
    case "random":
      return () => Float32Array.from({ length: 4 }, () => random.uniform(-1, 1));
    case "scripted":
      return pickPlaceExpert;
    default:
      throw new InvalidInputError({
        action: `create policy "${name}" of`,
        place: "pick_place",
        remedy: suggestName(name, pickPlace.policies),
      });
  }
}
