import type { FieldSpec } from "../../core/episode.ts";
import type { Quantity } from "../world/environment.ts";
import { coverageOf } from "./coverage.ts";
import { GOAL_POSE, WORLD_SIZE } from "./push_t_scene.ts";

/** Distance by which a block squeezed between agent and wall may leave the world (px). */
const BLOCK_SLACK = 256;
/** Distance by which the agent may overshoot a target at the edge (px). */
const AGENT_SLACK = 32;

/** `[5]` float32 in three fields. */
export const PUSH_T_OBSERVATION: readonly FieldSpec[] = [
  {
    name: "agent_pos",
    dtype: "float32",
    shape: [2],
    description: "Position of the agent",
    unit: "px",
    components: ["x", "y"],
    low: [-AGENT_SLACK],
    high: [WORLD_SIZE + AGENT_SLACK],
  },
  {
    name: "block_pos",
    dtype: "float32",
    shape: [2],
    description: "Position of the block's origin, the middle of the bar's outer edge",
    unit: "px",
    components: ["x", "y"],
    low: [-BLOCK_SLACK],
    high: [WORLD_SIZE + BLOCK_SLACK],
  },
  {
    name: "block_angle",
    dtype: "float32",
    shape: [1],
    description: "Angle of the block",
    unit: "rad",
    low: [0],
    high: [2 * Math.PI],
  },
];

/** `[2]` float32, px. */
export const PUSH_T_ACTION: FieldSpec = {
  name: "action",
  dtype: "float32",
  shape: [2],
  description: "Point to which the agent is driven",
  unit: "px",
  components: ["x", "y"],
  low: [0],
  high: [WORLD_SIZE],
};

/** Fields that gym-pusht calls the info of a step. */
export const PUSH_T_INFO: readonly FieldSpec[] = [
  info("pos_agent", [2], "Position of the agent", "px"),
  info("vel_agent", [2], "Velocity of the agent", "px/s"),
  info("block_pose", [3], "Block x, y (px) and angle (rad), which counts turns"),
  info("goal_pose", [3], "Goal x, y (px) and angle (rad)"),
  // Gym-pusht divides by a hundred times the physics steps and rounds up: never more than 1.
  info("n_contacts", [], "1 where the block was pushed in the step, else 0"),
  info("coverage", [], "Share of the goal that the block covers"),
  { ...info("is_success", [], "Whether that is above 0.95"), dtype: "bool" },
];

function info(
  name: string,
  shape: readonly number[],
  description: string,
  unit?: string,
): FieldSpec {
  const spec: FieldSpec = { name, dtype: "float64", shape, description };
  return unit === undefined ? spec : { ...spec, unit };
}

/** Quantities of observations that a replay plots. */
export const PUSH_T_QUANTITIES: readonly Quantity[] = [
  {
    name: "coverage",
    description: "Share of the goal that the block covers; above 0.95 the episode succeeds",
    of: ([, , x, y, angle]) => [coverageOf(x!, y!, angle!)],
  },
  {
    name: "distance to goal",
    description: "From the block's origin to where it is to be",
    unit: "px",
    of: ([, , x, y]) => [Math.hypot(x! - GOAL_POSE[0], y! - GOAL_POSE[1])],
  },
];
