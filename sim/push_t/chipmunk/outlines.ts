import { BLOCK_PARTS, type Polygon, WALL_RADIUS, WALLS } from "../push_t_scene.ts";
import { farthest, type Outline, TINY } from "./closest_points.ts";
import type { Edge } from "./contacts.ts";

/** `[4]` left, bottom, right, top (px). */
export type Box = Float64Array;

/**
 * A part of the block in the world. The normal of corner i is that of the edge from the corner
 * before it.
 */
export class PartOutline implements Outline {
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly box: Box = new Float64Array(4);
  readonly #normalX: Float64Array;
  readonly #normalY: Float64Array;
  readonly #corners: Polygon;
  readonly #normals: Polygon;

  constructor(corners: Polygon) {
    this.#corners = corners;
    this.#normals = corners.map(([x, y], i) => {
      const [beforeX, beforeY] = corners.at(i - 1)!;
      return normalOf(x - beforeX, y - beforeY);
    });
    this.x = new Float64Array(corners.length);
    this.y = new Float64Array(corners.length);
    this.#normalX = new Float64Array(corners.length);
    this.#normalY = new Float64Array(corners.length);
  }

  /** Moves it to where the block's origin is (x, y), turned by an angle. */
  place(x: number, y: number, cosine: number, sine: number): void {
    let left = Infinity, bottom = Infinity, right = -Infinity, top = -Infinity;
    for (let i = 0; i < this.x.length; i++) {
      const [cornerX, cornerY] = this.#corners[i]!, [normalX, normalY] = this.#normals[i]!;
      const worldX = cosine * cornerX + -sine * cornerY + x;
      const worldY = sine * cornerX + cosine * cornerY + y;
      this.x[i] = worldX;
      this.y[i] = worldY;
      this.#normalX[i] = cosine * normalX + -sine * normalY;
      this.#normalY[i] = sine * normalX + cosine * normalY;
      if (worldX < left) left = worldX;
      if (worldX > right) right = worldX;
      if (worldY < bottom) bottom = worldY;
      if (worldY > top) top = worldY;
    }
    const box = this.box;
    box[0] = left, box[1] = bottom, box[2] = right, box[3] = top;
  }

  /** The edge that faces a direction most. */
  edgeFacing(nx: number, ny: number): Edge {
    const count = this.x.length, corner = farthest(this, nx, ny);
    const next = (corner + 1) % count;
    const here = nx * this.#normalX[corner]! + ny * this.#normalY[corner]!;
    const there = nx * this.#normalX[next]! + ny * this.#normalY[next]!;
    const a = here > there ? (corner - 1 + count) % count : corner;
    const b = here > there ? corner : next;
    return {
      ax: this.x[a]!,
      ay: this.y[a]!,
      aId: a,
      bx: this.x[b]!,
      by: this.y[b]!,
      bId: b,
      radius: 0,
    };
  }
}

/** Bar and stem. */
export function createParts(): readonly [PartOutline, PartOutline] {
  return [new PartOutline(BLOCK_PARTS[0]), new PartOutline(BLOCK_PARTS[1])];
}

/** A wall: its outline, its box, and the edge of it that faces either side. */
export interface WallOutline {
  readonly outline: Outline;
  readonly box: Box;
  /** Unit normal of `front`; `back` faces the other way. */
  readonly normal: readonly [nx: number, ny: number];
  readonly front: Edge;
  readonly back: Edge;
}

export const WALL_OUTLINES: readonly WallOutline[] = WALLS.map(([a, b]) => {
  const [ax, ay] = a, [bx, by] = b, radius = WALL_RADIUS;
  return {
    // End b first: between ends of equal support it is the one that counts.
    outline: { x: Float64Array.of(bx, ax), y: Float64Array.of(by, ay) },
    box: Float64Array.of(
      Math.min(ax, bx) - radius,
      Math.min(ay, by) - radius,
      Math.max(ax, bx) + radius,
      Math.max(ay, by) + radius,
    ),
    normal: normalOf(bx - ax, by - ay),
    front: { ax, ay, aId: 0, bx, by, bId: 1, radius },
    back: { ax: bx, ay: by, aId: 1, bx: ax, by: ay, bId: 0, radius },
  };
});

/** Unit vector to the right of a direction. */
function normalOf(x: number, y: number): readonly [nx: number, ny: number] {
  const scale = 1 / (Math.sqrt(x * x + y * y) + TINY);
  return [y * scale, -x * scale];
}
