import { InvalidInputError } from "../../core/errors.ts";
import type { RandomGenerator } from "../../core/random.ts";
import { suggestName } from "../../core/suggest.ts";
import type {
  EnvironmentDefinition,
  EnvironmentOption,
  OutcomeFunction,
  PolicyFunction,
  PolicyPlan,
  Quantity,
} from "../world/environment.ts";
import type { World, WorldOptions } from "../world/world.ts";
import { MUJOCO, MujocoScene } from "../mujoco/mujoco.ts";
import { countSubsteps } from "../mujoco/mujoco_world.ts";
import { PATH_NAMES, type PathChoice, readPathChoice } from "./choice.ts";
import { COMMAND_SECONDS, MAX_COMMANDS } from "./commands.ts";
import { createWalker } from "./quadruped_expert.ts";
import { quadrupedMetrics } from "./metrics.ts";
import { PATH_KINDS, sequenceOf } from "./paths.ts";
import { quadrupedScene, TORQUE_LIMIT } from "./quadruped_scene.ts";
import {
  BASE_POS,
  BASE_ROT,
  LOOKAHEAD,
  PATH,
  QUADRUPED_ACTION,
  QUADRUPED_OBSERVATION,
  USER,
} from "./quadruped_spaces.ts";
import {
  FALL_HEIGHT,
  FALL_TILT,
  QUADRUPED_LIMITS,
  QUADRUPED_STABILITY,
  tiltOf,
} from "./quadruped_stability.ts";
import { QUADRUPED_RANDOMIZATION } from "./variation.ts";
import { QuadrupedWorld } from "./quadruped_world.ts";
import { episodeSchema } from "../world/schema.ts";

/** Half of it falls now and then. */
const CONTROL_HZ = 250;
const PHYSICS_TIMESTEP = 0.002;

/** Duration of a walk along a path (s). */
const WALK_SECONDS = 10;
/** Steps of the longest sequence of commands. */
const MAX_STEPS = Math.round(MAX_COMMANDS * COMMAND_SECONDS * CONTROL_HZ);

/** Numbers of the simulator's state: what MuJoCo keeps of the robot, then user data. */
const STATE_SIZE = 170 + USER.size;

/** Distance from the nearest waypoint within which a robot is still on its path (m). */
const LOST_DISTANCE = 0.3;

const QUANTITIES: readonly Quantity[] = [
  {
    name: "height",
    description: `Of the trunk above the floor; below ${FALL_HEIGHT} m the robot has fallen`,
    unit: "m",
    of: (observation) => [observation[BASE_POS + 2]!],
  },
  {
    name: "tilt",
    description: "Angle of the trunk's upward axis and the vertical",
    unit: "rad",
    of: (observation) => [tiltOf(observation, BASE_ROT)],
  },
  {
    name: "distance to path",
    description: "In the plane, from the trunk to where it is to be now",
    unit: "m",
    of: (observation) => [Math.hypot(observation[PATH]!, observation[PATH + 1]!)],
  },
];

const OPTIONS: readonly EnvironmentOption[] = [{
  name: "path",
  description: "What is followed: drawn commands, random paths, four test paths in turn, one of " +
    "them, or the same commands in every episode, such as `forward 3.2, stand, turn_left 2`",
  values: PATH_NAMES,
  text: true,
  default: "commands",
}];

/**
 * ## Description
 *
 * A robot like Unitree's A1 (12.8 kg, trunk on four legs of three joints) walks on a plane as
 * commanded or along a path: what document 003's quadruped does, on a trot whose feet go where
 * they are sent. Option `path` says what is followed: `commands`, `random` paths, `four` test paths
 * in turn, or one of `circle` (radius 1 m), `figure8` (r sin u, ½ r sin 2u), `straight`, `zigzag`
 * (amplitude .25 m, period 4 s), all at 0.3 m/s along their way, and `zigzag_source` (amplitude
 * .5 m, period 4 s, 0.3 m/s ahead, which is 0.58 m/s along its way).
 *
 * ## Action Space
 *
 * `Box(-30, 30, (12,), float32)`, 250 a second: torques in Nm of hip, thigh and calf of the front
 * left, front right, rear left and rear right leg, rounded to 2⁻¹⁰ Nm.
 *
 * ## Observation Space
 *
 * Dictionary of float32 without bounds, rounded to 2⁻¹³; a policy gets the fields in this order, as
 * one vector of 51. The first 36 are the state of document 003:
 *
 * | index | field         | meaning                                                 | unit  |
 * |-------|---------------|---------------------------------------------------------|-------|
 * | 0–2   | `base_pos`    | middle of the trunk x, y, z                             | m     |
 * | 3–5   | `base_rot`    | its rotation as a rotation vector                       | rad   |
 * | 6–8   | `base_vel`    | its velocity in the world                               | m/s   |
 * | 9–11  | `base_angvel` | its angular velocity in its own axes                    | rad/s |
 * | 12–23 | `joint_pos`   | joint angles                                            | rad   |
 * | 24–35 | `joint_vel`   | joint velocities                                        | rad/s |
 * | 36–50 | `path`        | reference in .2, .4, .6, .8, 1 s, from the trunk        | m     |
 *
 * ## Rewards
 *
 * Minus the horizontal distance in m from the waypoint .2 s ahead.
 *
 * ## Starting State
 *
 * Standing at the start of the reference, which lies and points anywhere (± .5 m, ± π rad), heading
 * along it: ± .05 m and ± .2 rad uniform, joints off by 0.03 rad (normal).
 *
 * ## Episode End
 *
 * Terminated by a fall: a tilt above 60° or a height below 0.15 m. Truncated after 11,600 steps, or
 * where policy `scripted` is done: after its commands, or 10 s of a path. With success if the robot
 * has not fallen and is within 0.3 m of the waypoint .2 s ahead.
 *
 * ## Commands
 *
 * 1 forward (0.3 m/s), 2 backward (−0.2 m/s), 3 turn right, 4 turn left (∓ 0.6 rad/s, along an arc
 * at 0.2 m/s), 5 stand; 1.6 s each. A sequence has 5 to 15 of 1–4, with stands between; its
 * reference is what the commands come to. Those of option `path: "forward 3.2, stand, turn_left 2"`
 * take the seconds behind their names, in steps of 0.1 s, 1.6 s where there are none: the sequence
 * keeps them as equal parts, here 0.4 s each, of which there are at most 29.
 *
 * ## Policies
 *
 * `scripted` follows the waypoints by a trot, as a function of the observation and of the gait's
 * phase. `random` is uniform in the action space.
 */
export const quadruped: EnvironmentDefinition = defineQuadruped("commands");

function defineQuadruped(path: PathChoice): EnvironmentDefinition {
  const definition: EnvironmentDefinition = {
    name: "quadruped",
    description: "A robot with four legs walks as commanded or along a path",
    codeVersion: 1,
    engine: MUJOCO,
    controlHz: CONTROL_HZ,
    physicsTimestep: PHYSICS_TIMESTEP,
    maxSteps: MAX_STEPS,
    observation: QUADRUPED_OBSERVATION,
    action: QUADRUPED_ACTION,
    stateSize: STATE_SIZE,
    quantities: QUANTITIES,
    policies: ["random", "scripted"],
    policyFields: {
      scripted: {
        state: [],
        episode: [
          {
            name: "path_kind",
            dtype: "int32",
            shape: [],
            description: `What was followed: ${
              PATH_KINDS.map((kind, i) => `${i} ${kind}`).join(", ")
            }`,
          },
          {
            name: "command_sequence",
            dtype: "int32",
            shape: [MAX_COMMANDS],
            description: "1 forward, 2 backward, 3 turn right, 4 turn left, 5 stand; 0 behind them",
          },
        ],
      },
    },
    randomization: QUADRUPED_RANDOMIZATION,
    options: OPTIONS,
    withOptions: ({ path }) => defineQuadruped(readPathChoice(path as string)), // of OPTIONS, a text
    cameras: ["scene"],
    limits: QUADRUPED_LIMITS,
    namesDivergence: true,
    metrics: quadrupedMetrics(CONTROL_HZ),
    stability: QUADRUPED_STABILITY,
    schema: (options) => episodeSchema(definition, options),
    create: (options) => createQuadruped(path, options),
    createPolicy,
    createOutcomeFunction,
  };
  return definition;
}

async function createQuadruped(path: PathChoice, options: WorldOptions = {}): Promise<World> {
  const timestep = options.physicsTimestep ?? PHYSICS_TIMESTEP;
  const substeps = countSubsteps(CONTROL_HZ, timestep);
  const scene = await MujocoScene.compile(quadrupedScene({ timestep, userdata: USER.size }));
  const seconds = MAX_STEPS / CONTROL_HZ + LOOKAHEAD.at(-1)!;
  return new QuadrupedWorld(scene, { path, controlHz: CONTROL_HZ, substeps, seconds });
}

function createOutcomeFunction(): OutcomeFunction {
  return (observation) => {
    const fallen = !(observation[BASE_POS + 2]! >= FALL_HEIGHT) ||
      tiltOf(observation, BASE_ROT) > FALL_TILT;
    const distance = Math.hypot(observation[PATH]!, observation[PATH + 1]!);
    return {
      reward: -distance,
      terminated: fallen,
      success: !fallen && distance < LOST_DISTANCE,
    };
  };
}

function createPolicy(name: string, world: World, random: RandomGenerator): PolicyFunction {
  switch (name) {
    case "random":
      return () =>
        Float32Array.from({ length: 12 }, () => random.uniform(-TORQUE_LIMIT, TORQUE_LIMIT));
    case "scripted":
      return Object.assign(createWalker(CONTROL_HZ), { plan: planOf(world as QuadrupedWorld) }); // of this environment
    default:
      throw new InvalidInputError({
        action: `create policy "${name}" of`,
        place: "quadruped",
        remedy: suggestName(name, quadruped.policies),
      });
  }
}

function planOf({ path }: QuadrupedWorld): PolicyPlan {
  const { kind } = path, { commands, seconds: each } = sequenceOf(path);
  const seconds = kind === "commands" ? commands.length * each : WALK_SECONDS;
  return {
    steps: Math.round(seconds * CONTROL_HZ),
    stateAt: () => ({}),
    episode: {
      path_kind: PATH_KINDS.indexOf(kind),
      command_sequence: Array.from({ length: MAX_COMMANDS }, (_, i) => commands[i] ?? 0),
    },
  };
}
