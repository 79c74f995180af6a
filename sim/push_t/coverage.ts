import { BLOCK_PARTS, GOAL_POSE, type Polygon } from "./push_t_scene.ts";

/** Coverage above which an episode succeeds and is over, and at which the reward is 1. */
export const SUCCESS_COVERAGE = 0.95;

/** Area of the T (px²). */
const BLOCK_AREA = BLOCK_PARTS.reduce((sum, part) => sum + flatArea(part.flat()), 0);
/** Distance from the block's origin to its farthest corner (px). */
const BLOCK_REACH = Math.max(...BLOCK_PARTS.flat().map(([x, y]) => Math.hypot(x, y)));

const GOAL_PARTS = placeBlock(...GOAL_POSE).map(outlineOf);

/** The parts of the block where its origin is (x, y), turned by an angle (rad). */
export function placeBlock(x: number, y: number, angle: number): readonly Polygon[] {
  const cosine = Math.cos(angle), sine = Math.sin(angle);
  return BLOCK_PARTS.map((part) =>
    part.map(([px, py]) => [x + cosine * px - sine * py, y + sine * px + cosine * py] as const)
  );
}

/**
 * Share of the goal that the block covers.
 *
 * @param x Position of the block's origin (px)
 * @param angle Angle (rad)
 * @returns In [0, 1]
 */
export function coverageOf(x: number, y: number, angle: number): number {
  // Twice the farthest corner from the origin: beyond it nothing meets.
  if (Math.hypot(x - GOAL_POSE[0], y - GOAL_POSE[1]) > 2 * BLOCK_REACH) return 0;
  let area = 0;
  for (const part of placeBlock(x, y, angle)) {
    const outline = outlineOf(part);
    for (const goal of GOAL_PARTS) area += commonArea(outline, goal);
  }
  return area / BLOCK_AREA;
}

/** A convex polygon, counter-clockwise, and the box around it. */
interface Outline {
  /** Flat x, y: this is read at every step of every episode. */
  readonly corners: readonly number[];
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

function outlineOf(polygon: Polygon): Outline {
  const corners: number[] = [];
  let left = Infinity, right = -Infinity, top = Infinity, bottom = -Infinity;
  for (const [x, y] of polygon) {
    corners.push(x, y);
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  }
  return { corners, left, right, top, bottom };
}

/**
 * Px² that two polygons have in common.
 *
 * @see Sutherland and Hodgman (1974), Reentrant polygon clipping
 */
function commonArea(subject: Outline, clipper: Outline): number {
  const apart = subject.right < clipper.left || subject.left > clipper.right ||
    subject.bottom < clipper.top || subject.top > clipper.bottom;
  if (apart) return 0;
  const edges = clipper.corners, count = edges.length;
  let kept = subject.corners;
  for (let i = 0; i < count && kept.length > 0; i += 2) {
    const ax = edges[i]!, ay = edges[i + 1]!;
    const bx = edges[(i + 2) % count]!, by = edges[(i + 3) % count]!;
    const next: number[] = [];
    let x = kept[kept.length - 2]!, y = kept[kept.length - 1]!;
    // Positive to the left of the edge, where the clipper is.
    let side = (bx - ax) * (y - ay) - (by - ay) * (x - ax);
    for (let j = 0; j < kept.length; j += 2) {
      const endX = kept[j]!, endY = kept[j + 1]!;
      const endSide = (bx - ax) * (endY - ay) - (by - ay) * (endX - ax);
      if ((side >= 0) !== (endSide >= 0)) {
        const t = side / (side - endSide);
        next.push(x + t * (endX - x), y + t * (endY - y));
      }
      if (endSide >= 0) next.push(endX, endY);
      x = endX;
      y = endY;
      side = endSide;
    }
    kept = next;
  }
  return flatArea(kept);
}

/** Area by the shoelace formula; positive for a polygon that runs counter-clockwise. */
function flatArea(corners: readonly number[]): number {
  let twice = 0;
  for (let i = 0; i < corners.length; i += 2) {
    const j = (i + 2) % corners.length;
    twice += corners[i]! * corners[j + 1]! - corners[j]! * corners[i + 1]!;
  }
  return twice / 2;
}
