import type { PictureOptions } from "./environment.ts";
import { placeBlock } from "./push_t_coverage.ts";
import {
  AGENT_RADIUS,
  GOAL_POSE,
  type Polygon,
  WALL_RADIUS,
  WALLS,
  WORLD_SIZE,
} from "./push_t_scene.ts";

type Colour = readonly [red: number, green: number, blue: number];

/** Gym-pusht's: white, LightGreen, LightSlateGray, RoyalBlue, LightGray. */
const PAPER: Colour = [255, 255, 255], GOAL: Colour = [144, 238, 144];
const BLOCK: Colour = [119, 136, 153], AGENT: Colour = [65, 105, 225];
const WALL: Colour = [211, 211, 211];

/** Distance in px from a point to a shape, negative within. */
type Distance = (x: number, y: number) => number;

/**
 * The scene from above, y down, as gym-pusht shows it. A pixel takes the share of a colour that its
 * distance from the shape's edge says, which makes edges smooth.
 *
 * @param pose Agent x, y, its velocity, block x, y, angle, as `PushTEngine.pose`
 * @returns `[height · width · 3]` u8 RGB, row-major
 */
export function drawPushT(
  pose: ArrayLike<number>,
  { width, height }: PictureOptions,
): Uint8Array {
  const scale = WORLD_SIZE / Math.min(width, height);
  const originX = (WORLD_SIZE - scale * width) / 2, originY = (WORLD_SIZE - scale * height) / 2;
  const shapes: readonly (readonly [Distance, Colour])[] = [
    ...placeBlock(...GOAL_POSE).map((part) => [toPolygon(part), GOAL] as const),
    ...WALLS.map(([a, b]) => [toSegment(a, b, WALL_RADIUS), WALL] as const),
    ...placeBlock(pose[4]!, pose[5]!, pose[6]!).map((part) => [toPolygon(part), BLOCK] as const),
    [toDisc(pose[0]!, pose[1]!, AGENT_RADIUS), AGENT],
  ];
  const picture = new Uint8Array(3 * width * height);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const x = originX + scale * (column + 0.5), y = originY + scale * (row + 0.5);
      let colour = PAPER;
      for (const [distance, paint] of shapes) {
        const share = Math.max(0, Math.min(1, 0.5 - distance(x, y) / scale));
        if (share > 0) colour = mix(colour, paint, share);
      }
      picture.set(colour.map(Math.round), 3 * (row * width + column));
    }
  }
  return picture;
}

function mix(below: Colour, above: Colour, share: number): Colour {
  return [0, 1, 2].map((i) => below[i]! + share * (above[i]! - below[i]!)) as unknown as Colour; // of 3
}

function toDisc(centreX: number, centreY: number, radius: number): Distance {
  return (x, y) => Math.hypot(x - centreX, y - centreY) - radius;
}

function toSegment(
  [ax, ay]: readonly [number, number],
  [bx, by]: readonly [number, number],
  radius: number,
): Distance {
  const dx = bx - ax, dy = by - ay, squared = dx * dx + dy * dy;
  return (x, y) => {
    const t = Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / squared));
    return Math.hypot(x - ax - t * dx, y - ay - t * dy) - radius;
  };
}

/** Of a convex polygon; beyond a corner a little too short, which no pixel shows. */
function toPolygon(polygon: Polygon): Distance {
  const edges = polygon.map(([x, y], i) => {
    const [nextX, nextY] = polygon[(i + 1) % polygon.length]!;
    const length = Math.hypot(nextX - x, nextY - y);
    const nx = (nextY - y) / length, ny = -(nextX - x) / length;
    return { nx, ny, offset: nx * x + ny * y };
  });
  return (x, y) => Math.max(...edges.map(({ nx, ny, offset }) => nx * x + ny * y - offset));
}
