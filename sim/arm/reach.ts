import type { FieldSpec } from "../../core/episode.ts";
import { InvalidInputError } from "../../core/errors.ts";
import type { RandomGenerator } from "../../core/random.ts";
import { suggestName } from "../../core/suggest.ts";
import { armScene, READY_POSE } from "./arm.ts";
import { findArm, moveEndEffector, moveGripper, placeArm } from "./control.ts";
import { ARM_RANDOMIZATION, varyArm } from "./arm_randomization.ts";
import { ARM_LIMITS, ARM_OBSERVATION, armStability, observeArm } from "./sensing.ts";
import type { EnvironmentDefinition, Outcome, PolicyFunction } from "../world/environment.ts";
import type { World, WorldOptions } from "../world/world.ts";
import { MUJOCO, MujocoScene } from "../mujoco/mujoco.ts";
import { countSubsteps, type MujocoTask, MujocoWorld } from "../mujoco/mujoco_world.ts";
import { episodeSchema, observationOffsets, observationSize } from "../world/schema.ts";

const CONTROL_HZ = 20;
/** Physics timestep; half of it changes no success by a point: `bench/simulation.ts` (s). */
const PHYSICS_TIMESTEP = 0.01;

/** Target displacement of the end effector in one step at action 1 (m). */
const REACH_STEP = 0.05;
/** Displacement of each finger in one step at action 1 (m). */
const GRIPPER_STEP = 0.04;
/** Distances from the target within which an episode succeeds, and within which it is over (m). */
const SUCCESS_DISTANCE = 0.05;
const TERMINATION_DISTANCE = 0.02;
/** Length of the scripted policy's action. */
const SCRIPTED_SPEED = 0.5;
/** Range of each joint's uniform deviation from the ready pose at the start (rad). */
const START_NOISE = 0.05;

const TARGET_LOW = [0.3, -0.3, 0.1];
const TARGET_HIGH = [0.7, 0.3, 0.5];

const OBSERVATION: readonly FieldSpec[] = [
  ...ARM_OBSERVATION,
  {
    name: "target_pos",
    dtype: "float32",
    shape: [3],
    description: "Target",
    unit: "m",
    components: ["x", "y", "z"],
    low: TARGET_LOW,
    high: TARGET_HIGH,
  },
];

const ACTION: FieldSpec = {
  name: "action",
  dtype: "float32",
  shape: [4],
  description: "End effector step in units of 0.05 m, finger step in units of 0.04 m",
  components: ["dx", "dy", "dz", "gripper"],
  low: [-1],
  high: [1],
};
const OFFSETS = observationOffsets(OBSERVATION);
const EE = OFFSETS["ee_pos"]!, TARGET = OFFSETS["target_pos"]!;

/**
 * ## Description
 *
 * A 7-joint arm with the kinematics and limits of a Franka Emika Panda stands on a table and moves
 * the point between its finger tips (the end effector) to a target in the air. The task of
 * SimScaleAI's `reach`, with the table top below every target, so that all can be reached.
 *
 * ## Action Space
 *
 * `Box(-1, 1, (4,), float32)`, 20 a second:
 *
 * | index | meaning                                             | min | max | unit    |
 * |-------|-----------------------------------------------------|-----|-----|---------|
 * | 0–2   | step of the end effector along x, y, z              | −1  | 1   | 0.05 m  |
 * | 3     | step of each finger; positive opens                 | −1  | 1   | 0.04 m  |
 *
 * Damped least squares turns the step into targets of the joints' servos, which follow within two
 * control periods; steps out of the space over the table are cut at its faces.
 *
 * ## Observation Space
 *
 * Dictionary of float32; a policy gets the fields in this order, as one vector of 20:
 *
 * | index | field        | meaning                     | min           | max           | unit  |
 * |-------|--------------|-----------------------------|---------------|---------------|-------|
 * | 0–6   | `joint_pos`  | joint angles j1 … j7        | limits − .1   | limits + .1   | rad   |
 * | 7–13  | `joint_vel`  | joint velocities            | −10           | 10            | rad/s |
 * | 14–16 | `ee_pos`     | end effector x, y, z        | −1.2 −1.2 −.6 | 1.2 1.2 1.5   | m     |
 * | 17–19 | `target_pos` | target x, y, z              | .3 −.3 .1     | .7 .3 .5      | m     |
 *
 * ## Rewards
 *
 * Minus the distance of end effector and target in m after the step, plus 1 if it is below 0.05.
 *
 * ## Starting State
 *
 * At rest, every joint within ± 0.05 rad (uniform) of a bent ready pose, fingers open; the target
 * uniform in its range.
 *
 * ## Episode End
 *
 * Terminated within 0.02 m of the target; truncated after 200 steps. Success: within 0.05 m at the
 * last step.
 *
 * ## Policies
 *
 * `scripted` moves straight at the target, 0.025 m per step. `random` is uniform in the action
 * space.
 */
export const reach: EnvironmentDefinition = {
  name: "reach",
  description: "A 7-joint arm moves the point between its finger tips to a target",
  codeVersion: 1,
  engine: MUJOCO,
  controlHz: CONTROL_HZ,
  physicsTimestep: PHYSICS_TIMESTEP,
  maxSteps: 200,
  observation: OBSERVATION,
  action: ACTION,
  stateSize: 131,
  quantities: [{
    name: "distance to target",
    description: "Of the end effector; below 0.05 m an episode succeeds, below 0.02 m it is over",
    unit: "m",
    of: (observation) => [distanceToTarget(observation)],
  }],
  policies: ["random", "scripted"],
  randomization: ARM_RANDOMIZATION,
  cameras: ["scene"],
  limits: ARM_LIMITS,
  stability: armStability(CONTROL_HZ),
  schema: (options) => episodeSchema(reach, options),
  create: createReach,
  createPolicy,
  createOutcomeFunction: () => reachOutcome,
};

/**
 * The scene as MJCF.
 *
 * @param timestep Seconds of one physics step
 */
export function reachScene(timestep: number = PHYSICS_TIMESTEP): string {
  return armScene({
    timestep,
    materials: { target: [0.88, 0.22, 0.16] },
    bodies: `<body name="target" mocap="true" pos=".5 0 .3">
      <geom type="sphere" size="${TERMINATION_DISTANCE}" material="target" conaffinity="0"/>
    </body>`,
  });
}

async function createReach(options: WorldOptions = {}): Promise<World> {
  const timestep = options.physicsTimestep ?? PHYSICS_TIMESTEP;
  const substeps = countSubsteps(CONTROL_HZ, timestep);
  const scene = await MujocoScene.compile(reachScene(timestep));
  const arm = findArm(scene);
  const task: MujocoTask = {
    substeps,
    camera: "scene",
    observationSize: observationSize({ observation: OBSERVATION }),
    actionSize: 4,
    draggable: ["target"],
    vary: varyArm,
    place(scene, random) {
      placeArm(scene, READY_POSE.map((q) => q + random.uniform(-START_NOISE, START_NOISE)));
      const target = TARGET_LOW.map((low, axis) => random.uniform(low, TARGET_HIGH[axis]!));
      scene.data("mocap_pos").set(target);
    },
    control(scene, action) {
      moveEndEffector(scene, arm, action.subarray(0, 3).map((a) => REACH_STEP * a));
      moveGripper(scene, GRIPPER_STEP * action[3]!);
    },
    observe(scene, observation) {
      observeArm(scene, arm, observation);
      observation.set(scene.data("mocap_pos").subarray(0, 3), TARGET);
    },
  };
  return new MujocoWorld(scene, task);
}

function reachOutcome(observation: Float32Array): Outcome {
  const distance = distanceToTarget(observation);
  const success = distance < SUCCESS_DISTANCE;
  return {
    reward: -distance + (success ? 1 : 0),
    terminated: distance < TERMINATION_DISTANCE,
    success,
  };
}

function distanceToTarget(observation: Float32Array): number {
  return Math.hypot(
    observation[TARGET]! - observation[EE]!,
    observation[TARGET + 1]! - observation[EE + 1]!,
    observation[TARGET + 2]! - observation[EE + 2]!,
  );
}

function createPolicy(name: string, _world: World, random: RandomGenerator): PolicyFunction {
  switch (name) {
    case "random":
      return () => Float32Array.from({ length: 4 }, () => random.uniform(-1, 1));
    case "scripted":
      return scriptedPolicy;
    default:
      throw new InvalidInputError({
        action: `create policy "${name}" of`,
        place: "reach",
        remedy: suggestName(name, reach.policies),
      });
  }
}

/**
 * Half speed straight at the target, as SimScaleAI's expert. Half a step is 0.025 m, less than the
 * diameter of the termination sphere, so it cannot be stepped over.
 */
function scriptedPolicy(observation: Float32Array): Float32Array {
  const distance = distanceToTarget(observation);
  const action = new Float32Array(4);
  for (let axis = 0; axis < 3; axis++) {
    action[axis] = SCRIPTED_SPEED * (observation[TARGET + axis]! - observation[EE + axis]!) /
      distance;
  }
  return action;
}
