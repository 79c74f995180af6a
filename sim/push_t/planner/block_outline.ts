import { AGENT_RADIUS, BLOCK_PARTS } from "../push_t_scene.ts";

/**
 * The T in its own frame, as the planner sees it: edges that can be pushed, corners to walk around,
 * and which straight ways are free. Lengths in px.
 */

/** A straight part of the outline. */
export interface Edge {
  readonly from: readonly [x: number, y: number];
  readonly to: readonly [x: number, y: number];
  /** Unit vector that points away from the block. */
  readonly normal: readonly [x: number, y: number];
  readonly length: number;
}

/** A part of the T: its least x and y, then its greatest. */
type Rectangle = readonly [left: number, low: number, right: number, high: number];

const BAR = rectangleOf(BLOCK_PARTS[0]!), STEM = rectangleOf(BLOCK_PARTS[1]!);
const RECTANGLES = [BAR, STEM];

function rectangleOf(part: typeof BLOCK_PARTS[number]): Rectangle {
  return [...part[0]!, ...part[2]!];
}

/** Corners of the T in order, such that the outward normal of an edge (dx, dy) is (dy, −dx). */
const CORNERS: readonly (readonly [x: number, y: number])[] = [
  [BAR[0], BAR[1]],
  [BAR[2], BAR[1]],
  [BAR[2], BAR[3]],
  [STEM[2], STEM[1]],
  [STEM[2], STEM[3]],
  [STEM[0], STEM[3]],
  [STEM[0], STEM[1]],
  [BAR[0], BAR[3]],
];

/** Edge i runs from corner i to the next. */
export const EDGES: readonly Edge[] = CORNERS.map((from, i) => {
  const to = CORNERS[(i + 1) % CORNERS.length]!;
  const dx = to[0] - from[0], dy = to[1] - from[1], length = Math.hypot(dx, dy);
  return { from, to, normal: [dy / length, -dx / length], length };
});

/** Length of the whole outline. */
export const PERIMETER = EDGES.reduce((sum, { length }) => sum + length, 0);

/** Distance of the agent's centre from the block while it walks: its radius and a margin (px). */
export const CLEARANCE = AGENT_RADIUS + 2.5;
/** Distance of a node from a corner along each axis, which exceeds the clearance. */
const NODE_DISTANCE = 24;

/** Points around which the agent walks: the corners, moved out diagonally. */
export const NODES: readonly (readonly [x: number, y: number])[] = CORNERS.map(([x, y], i) => {
  const [ax, ay] = EDGES[i]!.normal, [bx, by] = EDGES[(i + 7) % 8]!.normal;
  return [x + NODE_DISTANCE * (ax + bx), y + NODE_DISTANCE * (ay + by)];
});

/**
 * Whether a segment enters the block, inflated by a margin on each axis.
 *
 * @see Liang and Barsky (1984), A new concept and method for line clipping
 */
export function entersBlock(
  ax: number,
  ay: number,
  bx: number,
  by: number,
  margin = CLEARANCE,
): boolean {
  return RECTANGLES.some((rectangle) => entersRectangle(rectangle, ax, ay, bx, by, margin));
}

function entersRectangle(
  [left, low, right, high]: Rectangle,
  ax: number,
  ay: number,
  bx: number,
  by: number,
  margin: number,
): boolean {
  const dx = bx - ax, dy = by - ay;
  let first = 0, last = 1;
  for (let side = 0; side < 4; side++) {
    const towards = side === 0 ? -dx : side === 1 ? dx : side === 2 ? -dy : dy;
    const room = side === 0
      ? ax - left + margin
      : side === 1
      ? right + margin - ax
      : side === 2
      ? ay - low + margin
      : high + margin - ay;
    if (towards === 0) {
      if (room <= 0) return false;
      continue;
    }
    const at = room / towards;
    if (towards < 0) first = Math.max(first, at);
    else last = Math.min(last, at);
    if (first >= last) return false;
  }
  return true;
}

/** The nearest point outside of the inflated block; the point itself where it is outside. */
export function leaveBlock(x: number, y: number): readonly [x: number, y: number] {
  const margin = CLEARANCE + 0.5; // so that a way from there is free
  // Out of one rectangle may be into the other.
  for (let round = 0; round < 3; round++) {
    for (const [left, low, right, high] of RECTANGLES) {
      const gaps = [x - left + margin, right + margin - x, y - low + margin, high + margin - y];
      const least = Math.min(...gaps);
      if (least <= 0) continue;
      const side = gaps.indexOf(least);
      if (side < 2) x += side === 0 ? -least : least;
      else y += side === 2 ? -least : least;
    }
  }
  return [x, y];
}
