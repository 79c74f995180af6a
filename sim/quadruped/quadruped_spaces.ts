import type { FieldSpec } from "../../core/episode.ts";
import { MAX_COMMANDS } from "./commands.ts";
import { PATH_KINDS, PATH_PARAMETERS, type PathSpec } from "./paths.ts";
import { QUADRUPED_JOINTS, TORQUE_LIMIT } from "./quadruped_scene.ts";
import { observationOffsets } from "../world/schema.ts";

/** Seconds from now of the waypoints that a policy sees. */
export const LOOKAHEAD = [0.2, 0.4, 0.6, 0.8, 1] as const;

/**
 * Resolutions of observations and torques, as of a sensor and a motor driver, finer than either
 * matters: rounding noise would otherwise be half of a dataset's bytes.
 */
export const OBSERVATION_RESOLUTION = 2 ** -13, TORQUE_RESOLUTION = 2 ** -10;

const XYZ = ["x", "y", "z"];

function state(
  name: string,
  unit: string,
  description: string,
  components: readonly string[] = XYZ,
): FieldSpec {
  return {
    name,
    dtype: "float32",
    shape: [components.length],
    description,
    unit,
    resolution: OBSERVATION_RESOLUTION,
    components,
  };
}

/**
 * Fields in the order in which a policy gets them: the 36 numbers of the state, then 15 of the path.
 * They have no bounds: what is out of bounds is for the stability checks to name.
 */
export const QUADRUPED_OBSERVATION: readonly FieldSpec[] = [
  state("base_pos", "m", "Middle of the trunk in the world"),
  state("base_rot", "rad", "Rotation of the trunk, as a rotation vector of the world"),
  state("base_vel", "m/s", "Velocity of the trunk in the world"),
  state("base_angvel", "rad/s", "Angular velocity of the trunk in its own axes"),
  state("joint_pos", "rad", "Joint angles", QUADRUPED_JOINTS),
  state("joint_vel", "rad/s", "Joint velocities", QUADRUPED_JOINTS),
  {
    name: "path",
    dtype: "float32",
    shape: [LOOKAHEAD.length, 3],
    description: `Where the reference is in ${
      LOOKAHEAD.join(", ")
    } s, from the trunk, in the world`,
    unit: "m",
    resolution: OBSERVATION_RESOLUTION,
  },
];

export const QUADRUPED_ACTION: FieldSpec = {
  name: "action",
  dtype: "float32",
  shape: [12],
  description: "Torques of the joints",
  unit: "Nm",
  resolution: TORQUE_RESOLUTION,
  components: QUADRUPED_JOINTS,
  low: [-TORQUE_LIMIT],
  high: [TORQUE_LIMIT],
};

const OFFSETS = observationOffsets(QUADRUPED_OBSERVATION);

/** Offsets of the fields in an observation. */
export const BASE_POS = OFFSETS["base_pos"]!,
  BASE_ROT = OFFSETS["base_rot"]!,
  BASE_VEL = OFFSETS["base_vel"]!,
  BASE_ANGVEL = OFFSETS["base_angvel"]!,
  JOINT_POS = OFFSETS["joint_pos"]!,
  JOINT_VEL = OFFSETS["joint_vel"]!,
  PATH = OFFSETS["path"]!;

/**
 * Layout of the environment's part of the simulator's user data, which snapshots include: the
 * control steps done, the reference, and the pushes to come.
 */
export const USER = {
  step: 0,
  kind: 1,
  origin: 2,
  parameters: 5,
  commandCount: 5 + PATH_PARAMETERS,
  commands: 6 + PATH_PARAMETERS,
  /** Standard deviation of the random pushes (N). */
  push: 6 + PATH_PARAMETERS + MAX_COMMANDS,
  /** Force of the push that comes once a second (N). */
  kick: 7 + PATH_PARAMETERS + MAX_COMMANDS,
  /** Seed of both, in [0, 2^32). */
  pushSeed: 8 + PATH_PARAMETERS + MAX_COMMANDS,
  /** Time for which the robot stands (s). */
  delay: 9 + PATH_PARAMETERS + MAX_COMMANDS,
  size: 10 + PATH_PARAMETERS + MAX_COMMANDS,
} as const;

/** Writes the reference into user data. */
export function writePath(user: Float64Array, spec: PathSpec): void {
  user[USER.kind] = PATH_KINDS.indexOf(spec.kind);
  user.set(spec.origin, USER.origin);
  user.set(spec.parameters, USER.parameters);
  user[USER.commandCount] = spec.commands.length;
  user.set(spec.commands, USER.commands);
}

/** Reads back what {@linkcode writePath} wrote. */
export function readPath(user: Float64Array): PathSpec {
  const [x = 0, y = 0, heading = 0] = user.subarray(USER.origin, USER.origin + 3);
  return {
    kind: PATH_KINDS[user[USER.kind]!] ?? "commands",
    origin: [x, y, heading],
    parameters: [...user.subarray(USER.parameters, USER.parameters + PATH_PARAMETERS)],
    commands: [...user.subarray(USER.commands, USER.commands + user[USER.commandCount]!)],
  };
}
