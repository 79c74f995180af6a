import type { ImageOptions } from "../world/world.ts";
import { placeBlock } from "./coverage.ts";
import { AGENT_RADIUS, GOAL_POSE, WALL_RADIUS, WALLS, WORLD_SIZE } from "./push_t_scene.ts";
import {
  type Colour,
  createImage,
  discRing,
  fillRings,
  lineRing,
  type RgbImage,
  type Ring,
} from "../images/raster.ts";

/**
 * Gym-pusht's: white, LightGreen, LightSlateGray, RoyalBlue, LightGray, and red for the target.
 * DarkOrange for the path, which gym-pusht does not show.
 */
export const PUSH_T_COLOURS = {
  paper: [255, 255, 255],
  goal: [144, 238, 144],
  block: [119, 136, 153],
  agent: [65, 105, 225],
  wall: [211, 211, 211],
  target: [255, 0, 0],
  path: [255, 140, 0],
} as const satisfies Record<string, Colour>;

/**
 * Size and thickness of the marker in the world: gym-pusht's is 8 of 96 px wide and 1 px thick
 * (px).
 */
const MARKER_SIZE = WORLD_SIZE * 8 / 96, MARKER_WIDTH = WORLD_SIZE / 96;
const PATH_WIDTH = 3;
/**
 * Distance beyond the world up to which a path is drawn: nobody sees it there, and it may go very
 * far (px).
 */
const PATH_MARGIN = 64;
/** Width in the image below which a path would fade (px). */
const LEAST_PATH_WIDTH = 1;

/** Moving parts. */
export interface PushTView {
  /** Agent x, y, its velocity, block x, y, angle, as `PushTEngine.pose`. */
  readonly pose: ArrayLike<number>;
  /** Target of the agent; null before the first step. */
  readonly target: readonly [x: number, y: number] | null;
}

/** @returns `[height · width · 3]` u8 RGB, row-major; a new array */
export type PushTDrawing = (view: PushTView) => Uint8Array;

/**
 * Draws the scene from above, y down, like gym-pusht: goal and walls, then the path, block, agent
 * and target. Static parts are drawn once.
 *
 * @param options With a path of flat x, y in px of the world
 */
export function createPushTDrawing(options: ImageOptions): PushTDrawing {
  const toImage = projection(options);
  const background = drawBackground(options, toImage);
  const { scale } = toImage;
  return ({ pose, target }) => {
    const image: RgbImage = { ...background, rgb: background.rgb.slice() };
    const block = placeBlock(pose[4]!, pose[5]!, pose[6]!);
    fillRings(image, block.map((part) => toImage.ring(part.flat())), PUSH_T_COLOURS.block);
    const [agentX = 0, agentY = 0] = toImage.ring([pose[0]!, pose[1]!]);
    fillRings(image, [discRing(agentX, agentY, AGENT_RADIUS * scale)], PUSH_T_COLOURS.agent);
    if (target !== null) {
      fillRings(image, [toImage.ring(crossRing(...target))], PUSH_T_COLOURS.target);
    }
    return image.rgb;
  };
}

/** World to image: the world's square in the middle of it, as large as it fits. */
interface Projection {
  /** Scale of the image: its pixels for each pixel of the world. */
  readonly scale: number;
  /** @param points Flat x, y */
  ring(points: ArrayLike<number>): number[];
}

function projection({ width, height }: ImageOptions): Projection {
  const scale = Math.min(width, height) / WORLD_SIZE;
  const left = (width - scale * WORLD_SIZE) / 2, top = (height - scale * WORLD_SIZE) / 2;
  return {
    scale,
    ring: (points) => Array.from(points, (value, i) => (i % 2 === 0 ? left : top) + scale * value),
  };
}

function drawBackground(
  { width, height, path = [] }: ImageOptions,
  { scale, ring }: Projection,
): RgbImage {
  const image = createImage(width, height, PUSH_T_COLOURS.paper);
  fillRings(
    image,
    placeBlock(...GOAL_POSE).map((part) => ring(part.flat())),
    PUSH_T_COLOURS.goal,
  );
  for (const [a, b] of WALLS) {
    fillRings(
      image,
      [lineRing(ring([...a, ...b]), 2 * WALL_RADIUS * scale)],
      PUSH_T_COLOURS.wall,
    );
  }
  const near = Array.from(
    path,
    (value) => Math.min(Math.max(value, -PATH_MARGIN), WORLD_SIZE + PATH_MARGIN),
  );
  fillRings(
    image,
    [lineRing(ring(near), Math.max(LEAST_PATH_WIDTH, PATH_WIDTH * scale))],
    PUSH_T_COLOURS.path,
  );
  return image;
}

/** An upright cross about a point. */
function crossRing(x: number, y: number): Ring {
  const long = MARKER_SIZE / 2, short = MARKER_WIDTH / 2;
  const corners = [
    ...[[-short, -long], [short, -long], [short, -short], [long, -short], [long, short]],
    ...[[short, short], [short, long], [-short, long], [-short, short], [-long, short]],
    ...[[-long, -short], [-short, -short]],
  ];
  return corners.flatMap(([dx = 0, dy = 0]) => [x + dx, y + dy]);
}
