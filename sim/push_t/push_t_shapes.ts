import type { PlanarDrawing } from "../world/drawing.ts";
import { PUSH_T_COLOURS } from "./push_t_image.ts";
import {
  AGENT_RADIUS,
  BLOCK_PARTS,
  GOAL_POSE,
  type Polygon,
  WALL_RADIUS,
  WALLS,
  WORLD_SIZE,
} from "./push_t_scene.ts";

/** The goal, the walls, the block and the agent, in the order of {@linkcode pushTPoses}. */
export const PUSH_T_SHAPES: PlanarDrawing = {
  dimensions: 2,
  size: WORLD_SIZE,
  unit: "px",
  shapes: [
    { name: "goal", colour: opaque(PUSH_T_COLOURS.goal), polygons: BLOCK_PARTS },
    { name: "walls", colour: opaque(PUSH_T_COLOURS.wall), polygons: WALLS.map(wallOutline) },
    { name: "block", colour: opaque(PUSH_T_COLOURS.block), polygons: BLOCK_PARTS },
    { name: "agent", colour: opaque(PUSH_T_COLOURS.agent), polygons: [], radius: AGENT_RADIUS },
  ],
  trail: 3,
  actionColour: opaque(PUSH_T_COLOURS.target),
  pathColour: opaque(PUSH_T_COLOURS.path),
};

/**
 * Returns the poses of the shapes.
 *
 * @param pose As `PushTEngine.pose`
 * @returns `[4, 3]`
 */
export function pushTPoses(pose: ArrayLike<number>): Float64Array {
  const [agentX = 0, agentY = 0, , , x = 0, y = 0, angle = 0] = Array.from(pose);
  return Float64Array.of(...GOAL_POSE, 0, 0, 0, x, y, angle, agentX, agentY, 0);
}

/** A wall as a rectangle, which its rounded ends, in the corners of the world, hardly leave. */
function wallOutline([[ax, ay], [bx, by]]: typeof WALLS[number]): Polygon {
  const left = Math.min(ax, bx) - WALL_RADIUS, right = Math.max(ax, bx) + WALL_RADIUS;
  const top = Math.min(ay, by) - WALL_RADIUS, bottom = Math.max(ay, by) + WALL_RADIUS;
  return [[left, top], [right, top], [right, bottom], [left, bottom]];
}

function opaque([red, green, blue]: readonly [number, number, number]) {
  return [red / 255, green / 255, blue / 255, 1] as const;
}
