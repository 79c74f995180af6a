import { BLOCK_PARTS, GOAL_POSE, type Polygon } from "./push_t_scene.ts";

/** Px², of the T. */
const BLOCK_AREA = BLOCK_PARTS.reduce((sum, part) => sum + areaOf(part), 0);

const GOAL_PARTS = placeBlock(...GOAL_POSE);

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
 * @param x Px, of the block's origin
 * @param angle Rad
 * @returns In [0, 1]
 */
export function coverageOf(x: number, y: number, angle: number): number {
  let area = 0;
  for (const part of placeBlock(x, y, angle)) {
    for (const goal of GOAL_PARTS) area += areaOf(clip(part, goal));
  }
  return area / BLOCK_AREA;
}

/**
 * What two convex polygons have in common.
 *
 * @see Sutherland and Hodgman (1974), Reentrant polygon clipping
 */
function clip(subject: Polygon, clipper: Polygon): Polygon {
  let kept = subject;
  for (const [i, [ax, ay]] of clipper.entries()) {
    const [bx, by] = clipper[(i + 1) % clipper.length]!;
    // Positive to the left of the edge, where a polygon that runs counter-clockwise is.
    const sides = kept.map(([x, y]) => (bx - ax) * (y - ay) - (by - ay) * (x - ax));
    const next: [number, number][] = [];
    for (const [j, [x, y]] of kept.entries()) {
      const after = (j + 1) % kept.length, side = sides[j]!, sideAfter = sides[after]!;
      if (side >= 0) next.push([x, y]);
      if ((side >= 0) === (sideAfter >= 0)) continue;
      const [endX, endY] = kept[after]!, t = side / (side - sideAfter);
      next.push([x + t * (endX - x), y + t * (endY - y)]);
    }
    kept = next;
  }
  return kept;
}

/** By the shoelace formula; positive for a polygon that runs counter-clockwise. */
function areaOf(polygon: Polygon): number {
  let twice = 0;
  for (const [i, [x, y]] of polygon.entries()) {
    const [nextX, nextY] = polygon[(i + 1) % polygon.length]!;
    twice += x * nextY - nextX * y;
  }
  return twice / 2;
}
