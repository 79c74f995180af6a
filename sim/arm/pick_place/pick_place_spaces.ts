import type { FieldSpec } from "../../../core/episode.ts";
import { FINGER_OPEN } from "../arm.ts";
import { ARM_OBSERVATION } from "../sensing.ts";
import { observationOffsets } from "../../world/schema.ts";

/** Range of x and y of the cube's start on the table and of the goal above it (m). */
export const PLACE_LOW = [0.3, -0.2] as const, PLACE_HIGH = [0.6, 0.2] as const;

/** Height of the goal above the table (m). */
export const GOAL_LOW = 0.05, GOAL_HIGH = 0.25;

/** Finger opening at which something as wide as the cube, straight or turned, is between them. */
const HELD_LOW = 0.01, HELD_HIGH = 0.0215;

/** Distance from the end effector within which a cube between the fingers is held (m). */
const HELD_DISTANCE = 0.022;

const XYZ = ["x", "y", "z"];

/** Fields in the order in which a policy gets them: 28 numbers. */
export const PICK_PLACE_OBSERVATION: readonly FieldSpec[] = [
  ...ARM_OBSERVATION,
  {
    name: "target_pos",
    dtype: "float32",
    shape: [3],
    description: "Goal of the cube's middle",
    unit: "m",
    components: XYZ,
    low: [...PLACE_LOW, GOAL_LOW],
    high: [...PLACE_HIGH, GOAL_HIGH],
  },
  {
    name: "object_pos",
    dtype: "float32",
    shape: [3],
    description: "Middle of the cube",
    unit: "m",
    components: XYZ,
    // A cube that is pushed off the table slides over the floor, 0.6 m below.
    low: [-5, -5, -1],
    high: [5, 5, 3],
  },
  {
    name: "object_quat",
    dtype: "float32",
    shape: [4],
    description: "Rotation of the cube, a unit quaternion",
    components: ["w", ...XYZ],
    low: [-1],
    high: [1],
  },
  {
    name: "gripper_state",
    dtype: "float32",
    shape: [1],
    description: "Mean opening of the two fingers",
    unit: "m",
    // The stops give way a little where the fingers run into them.
    low: [-0.005],
    high: [FINGER_OPEN + 0.005],
  },
];

const OFFSETS = observationOffsets(PICK_PLACE_OBSERVATION);

/** Offsets of the fields in an observation. */
export const EE = OFFSETS["ee_pos"]!,
  TARGET = OFFSETS["target_pos"]!,
  CUBE = OFFSETS["object_pos"]!,
  QUATERNION = OFFSETS["object_quat"]!,
  GRIPPER = OFFSETS["gripper_state"]!;

/**
 * The displacement from one point of an observation to another.
 *
 * @param from Where the first begins, as {@linkcode EE}
 * @param to Where the second begins
 * @returns `[3]` m
 */
export function displacement(
  observation: Float32Array,
  from: number,
  to: number,
): [x: number, y: number, z: number] {
  return [
    observation[to]! - observation[from]!,
    observation[to + 1]! - observation[from + 1]!,
    observation[to + 2]! - observation[from + 2]!,
  ];
}

/** Whether the fingers have closed on the cube, as far as positions tell. */
export function isGrasped(observation: Float32Array): boolean {
  const opening = observation[GRIPPER]!;
  return opening > HELD_LOW && opening < HELD_HIGH &&
    Math.hypot(...displacement(observation, EE, CUBE)) < HELD_DISTANCE;
}
