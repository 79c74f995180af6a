import type { RandomGenerator } from "../../core/random.ts";

/**
 * Constants of Push-T, in pixels, seconds and kilograms: what both engines, the score and the
 * images are made of.
 *
 * @see gym-pusht 0.1.8, `pusht.py`
 */

/** Side of the square world. */
export const WORLD_SIZE = 512;
/** Length of one physics step (s), and the number of them in one control period. */
export const PHYSICS_TIMESTEP = 0.01;
export const SUBSTEPS = 10;

/** The agent: a circle that nothing stops, driven by a PD controller towards the action. */
export const AGENT_RADIUS = 15;
export const STIFFNESS = 100;
export const DAMPING = 20;

/** The block: its mass and moment of inertia about the centre of gravity. */
export const BLOCK_MASS = 1;
export const BLOCK_INERTIA = 3000;
/** Centre of gravity in the frame of the block, whose origin is in the middle of the bar's edge. */
export const CENTRE_OF_GRAVITY = [0, 45] as const;

/** Corners of a convex part, counter-clockwise from the lower left. */
export type Polygon = readonly (readonly [x: number, y: number])[];

/** The T in its own frame: bar, then stem. */
export const BLOCK_PARTS: readonly [bar: Polygon, stem: Polygon] = [
  [[-60, 0], [60, 0], [60, 30], [-60, 30]],
  [[-15, 30], [15, 30], [15, 120], [-15, 120]],
];

/** The walls' middle lines and their half thickness. */
export const WALLS: readonly (readonly [
  a: readonly [number, number],
  b: readonly [
    number,
    number,
  ],
])[] = [
  [[5, 506], [5, 5]],
  [[5, 5], [506, 5]],
  [[506, 5], [506, 506]],
  [[5, 506], [506, 506]],
];
export const WALL_RADIUS = 2;

/** Goal pose of the block: x, y of its origin (px) and its angle (rad). */
export const GOAL_POSE: readonly [x: number, y: number, angle: number] = [256, 256, Math.PI / 4];

/** Computes the centre of gravity of a block from the position of its origin and its angle. */
export function centreOfBlock(x: number, y: number, angle: number): readonly [number, number] {
  const [cogX, cogY] = CENTRE_OF_GRAVITY, cosine = Math.cos(angle), sine = Math.sin(angle);
  return [x + cosine * cogX - sine * cogY, y + sine * cogX + cosine * cogY];
}

/** Agent x, y, block x, y (px) and block angle (rad): what a reset sets. */
export type PushTState = readonly [number, number, number, number, number];

/** Ranges of the initial positions of agent and block: whole px, both ends included. */
export const AGENT_START = [50, 449] as const, BLOCK_START = [100, 399] as const;

/** A start state, as gym-pusht draws it. */
export function drawStart(random: RandomGenerator): PushTState {
  const pick = ([low, high]: readonly [number, number]) => low + random.integer(high - low + 1);
  return [
    pick(AGENT_START),
    pick(AGENT_START),
    pick(BLOCK_START),
    pick(BLOCK_START),
    random.uniform(-Math.PI, Math.PI),
  ];
}

/**
 * A start state with the block brought nearer to the goal.
 *
 * @param nearness Share of the way and of the turn to the goal, in [0, 1]; 0 changes nothing
 */
export function moveToGoal(start: PushTState, nearness: number): PushTState {
  if (nearness === 0) return start;
  const [agentX, agentY, x, y, angle] = start, turn = GOAL_POSE[2] - angle;
  // As a start state says it, the block unturned: it turns about its centre of gravity.
  const goal = centreOfBlock(...GOAL_POSE);
  const goalX = goal[0] - CENTRE_OF_GRAVITY[0], goalY = goal[1] - CENTRE_OF_GRAVITY[1];
  return [
    agentX,
    agentY,
    x + nearness * (goalX - x),
    y + nearness * (goalY - y),
    angle + nearness * (turn - 2 * Math.PI * Math.round(turn / (2 * Math.PI))),
  ];
}

/** Engine that moves agent and block. Its snapshots continue to the bit. */
export interface PushTEngine extends Disposable {
  /** Numbers of a snapshot. */
  readonly stateSize: number;
  /**
   * Begins an episode. As gym-pusht does, sets the block's position before its angle, which turns
   * it about its centre of gravity, and makes one physics step.
   */
  reset(state: PushTState): void;
  /** Drives the agent towards a point for one control period. */
  step(x: number, y: number): void;
  /** `[7]` agent x, y, velocity x, y; block x, y, angle, which counts turns. */
  readonly pose: Readonly<Float64Array>;
  /** Whether the block was pushed, by the agent or a wall, in the last control period. */
  readonly touched: boolean;
  snapshot(): Float64Array;
  /** @param state Of {@linkcode snapshot}, of its length */
  restore(state: Float64Array): void;
  /**
   * Puts the agent elsewhere with a velocity, for what plans: no recorded episode can have it, so
   * that a restore or a reset must come before the next snapshot.
   *
   * @param x Position (px)
   * @param vx Velocity (px/s)
   */
  moveAgent(x: number, y: number, vx: number, vy: number): void;
  /** Another engine of the same kind, in no state: a reset or a restore must follow. */
  createAnother(): PushTEngine;
}
