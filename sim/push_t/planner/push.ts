import type { RandomGenerator } from "../../../core/random.ts";
import { AGENT_RADIUS } from "../push_t_scene.ts";
import type { BlockFrame } from "./block_frame.ts";
import { EDGES, PERIMETER } from "./block_outline.ts";

/** A push: what the planner draws, ranks and executes. */
export interface Push {
  /** Index of the edge of the T that is pushed. */
  readonly edge: number;
  /** Position on the edge, from 0 at its start to 1 at its end. */
  readonly fraction: number;
  /** Angle between the direction of the push and the edge's inward normal (rad). */
  readonly angle: number;
  /** Advance of the target in one step (px). */
  readonly speed: number;
  /** Distance that the agent goes along the push line (px). */
  readonly length: number;
}

/** Start and end of a push, in one frame. */
export interface PushLine {
  /** Position of the middle of the agent (px). */
  readonly start: readonly [x: number, y: number];
  /** Unit vector. */
  readonly direction: readonly [x: number, y: number];
}

/** Gap between the agent's rim and the edge where a push begins (px). */
const STANDOFF = 5;
/** Fractions of an edge that are pushed: nearer to a corner the agent slips off. */
const FRACTION = [0.03, 0.97] as const;
/**
 * Largest angle to either side (rad), the share of draws closer to the normal, and the factor by
 * which they are.
 */
const WIDEST = 0.9, STRAIGHT_SHARE = 0.4, STRAIGHTENED = 0.2;
const SPEEDS = [8, 14] as const;

/** One of `count` pushes that are spread over the outline; its length is left to be chosen. */
export function drawPush(random: RandomGenerator, index: number, count: number): Push {
  let along = (index + random.uniform()) / count * PERIMETER, edge = 0;
  while (edge < EDGES.length - 1 && along > EDGES[edge]!.length) along -= EDGES[edge++]!.length;
  const angle = random.uniform(-WIDEST, WIDEST) *
    (random.uniform() < STRAIGHT_SHARE ? STRAIGHTENED : 1);
  const speed = SPEEDS[random.integer(SPEEDS.length)]!;
  return { edge, fraction: toFraction(along / EDGES[edge]!.length), angle, speed, length: 0 };
}

/**
 * Standard deviations of a perturbation: along the edge (px), of the angle (rad), and of the length
 * (px).
 */
const ALONG = 6, TURN = 0.12, LENGTH = 4;
/** Least length of a push (px). */
const SHORTEST = 3;

/** A push near another: normal draws of its place, its angle and its length, times `scale`. */
export function perturbPush(push: Push, random: RandomGenerator, scale: number): Push {
  const along = scale * ALONG * random.normal() / EDGES[push.edge]!.length;
  const angle = push.angle + scale * TURN * random.normal();
  const length = Math.max(SHORTEST, push.length + scale * LENGTH * random.normal());
  return { ...push, fraction: toFraction(push.fraction + along), angle, length };
}

/** The line of a push in the block's frame. */
export function pushLine({ edge, fraction, angle }: Push): PushLine {
  const { from, to, normal } = EDGES[edge]!, gap = AGENT_RADIUS + STANDOFF;
  const cosine = Math.cos(angle), sine = Math.sin(angle);
  return {
    start: [
      from[0] + fraction * (to[0] - from[0]) + gap * normal[0],
      from[1] + fraction * (to[1] - from[1]) + gap * normal[1],
    ],
    direction: [
      normal[1] * sine - normal[0] * cosine,
      -normal[0] * sine - normal[1] * cosine,
    ],
  };
}

/** The line of a push in the world. */
export function worldLine(push: Push, frame: BlockFrame): PushLine {
  const { start, direction } = pushLine(push);
  return { start: frame.toWorld(...start), direction: frame.turnToWorld(...direction) };
}

/** Computes the position of a point along a line, from its start (px). */
export function alongLine({ start, direction }: PushLine, x: number, y: number): number {
  return (x - start[0]) * direction[0] + (y - start[1]) * direction[1];
}

function toFraction(value: number): number {
  return Math.min(FRACTION[1], Math.max(FRACTION[0], value));
}
