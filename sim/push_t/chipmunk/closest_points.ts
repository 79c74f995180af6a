/**
 * Closest points of two convex shapes: Gilbert, Johnson and Keerthi's algorithm on their Minkowski
 * difference, and where they overlap the expanding polytope algorithm. Both in the order of
 * arithmetic of Chipmunk2D (MIT; © Scott Lembcke and Howling Moon Software), because other roundings
 * grow in a jam.
 */

/** Corners of a convex shape in the world. Of equal support the first corner wins. */
export interface Outline {
  readonly x: Float64Array;
  readonly y: Float64Array;
}

/** Smallest normal number: keeps a division by the length of a zero vector finite. */
export const TINY = 2.2250738585072014e-308;

const MAX_ITERATIONS = 30;
/** The difference of a segment and a box has at most 8 corners. */
const MAX_CORNERS = 8;
const NONE = -1;

/**
 * A search, whose results are fields and whose memory is used again.
 *
 * A corner of the Minkowski difference is one number: `i · (corners of the second) + j` for second
 * corner j minus first corner i.
 */
export class ClosestPoints {
  /** Closest points of the first and of the second shape, px. */
  ax = 0;
  ay = 0;
  bx = 0;
  by = 0;
  /** Unit normal from the first to the second. */
  nx = 0;
  ny = 0;
  /** Distance, negative where they overlap. */
  distance = 0;
  /** The edge of the difference that was closest: the start of the next search for the same pair. */
  edge = NONE;

  #first: Outline = { x: new Float64Array(), y: new Float64Array() };
  #second: Outline = this.#first;
  readonly #dx = new Float64Array(MAX_CORNERS);
  readonly #dy = new Float64Array(MAX_CORNERS);
  /** Closed polygons of the expanding polytope: the present one and the next. */
  #hull = new Int32Array(MAX_ITERATIONS + 4);
  #grown = new Int32Array(MAX_ITERATIONS + 4);

  /**
   * @param edge Of an earlier search for this pair, −1 if there is none
   * @param guessX Centre of the first shape's box minus that of the second
   */
  find(first: Outline, second: Outline, edge: number, guessX: number, guessY: number): void {
    this.#first = first;
    this.#second = second;
    const m = second.x.length;
    for (let i = 0; i < first.x.length; i++) {
      for (let j = 0; j < m; j++) {
        this.#dx[i * m + j] = second.x[j]! - first.x[i]!;
        this.#dy[i * m + j] = second.y[j]! - first.y[i]!;
      }
    }
    if (edge === NONE) {
      this.#approach(this.#support(-guessY, guessX), this.#support(guessY, -guessX));
    } else {
      this.#approach(edge >> 3, edge & 7);
    }
  }

  /** Walks towards the origin from an edge of the difference. */
  #approach(from: number, to: number): void {
    const dx = this.#dx, dy = this.#dy;
    let v0 = from, v1 = to;
    for (let iteration = 1; iteration <= MAX_ITERATIONS; iteration++) {
      if (isBeyond(dx[v1]!, dy[v1]!, dx[v0]!, dy[v0]!, 0, 0)) {
        const other = v0;
        v0 = v1;
        v1 = other;
      }
      const x0 = dx[v0]!, y0 = dy[v0]!, x1 = dx[v1]!, y1 = dy[v1]!;
      const t = closestParameter(x0, y0, x1, y1);
      let nx: number, ny: number;
      if (-1 < t && t < 1) {
        nx = -(y1 - y0);
        ny = x1 - x0;
      } else {
        nx = -blend(x0, x1, t);
        ny = -blend(y0, y1, t);
      }
      const p = this.#support(nx, ny), px = dx[p]!, py = dy[p]!;
      if (isBeyond(px, py, x0, y0, 0, 0) && isBeyond(x1, y1, px, py, 0, 0)) {
        this.#expand(v0, p, v1);
        return;
      }
      if (px * nx + py * ny <= Math.max(x0 * nx + y0 * ny, x1 * nx + y1 * ny)) break;
      if (squaredDistance(x0, y0, px, py) < squaredDistance(px, py, x1, y1)) v1 = p;
      else v0 = p;
    }
    this.#conclude(v0, v1);
  }

  /** Grows a triangle around the origin until its closest edge is one of the difference. */
  #expand(v0: number, v1: number, v2: number): void {
    const dx = this.#dx, dy = this.#dy;
    this.#hull[0] = v0, this.#hull[1] = v1, this.#hull[2] = v2;
    let count = 3;
    for (let iteration = 1;; iteration++) {
      const hull = this.#hull;
      let nearest = 0, least = Infinity;
      for (let j = 0, i = count - 1; j < count; i = j, j++) {
        const a = hull[i]!, b = hull[j]!;
        const d = squaredDistance(dx[a]!, dy[a]!, dx[b]!, dy[b]!);
        if (d < least) {
          least = d;
          nearest = i;
        }
      }
      const a = hull[nearest]!, b = hull[(nearest + 1) % count]!;
      const ax = dx[a]!, ay = dy[a]!, bx = dx[b]!, by = dy[b]!;
      const p = this.#support(-(by - ay), bx - ax);
      const isNew = p !== a && p !== b && isBeyond(ax, ay, bx, by, dx[p]!, dy[p]!);
      if (!isNew || iteration >= MAX_ITERATIONS) {
        this.#conclude(a, b);
        return;
      }
      const grown = this.#grown;
      grown[0] = p;
      let size = 1;
      for (let i = 0; i < count; i++) {
        const index = (nearest + 1 + i) % count, h1 = hull[index]!, h0 = grown[size - 1]!;
        const h2 = i + 1 < count ? hull[(index + 1) % count]! : p;
        if (isBeyond(dx[h0]!, dy[h0]!, dx[h2]!, dy[h2]!, dx[h1]!, dy[h1]!)) grown[size++] = h1;
      }
      this.#hull = grown;
      this.#grown = hull;
      count = size;
    }
  }

  /** Points, normal and distance from the closest edge of the difference. */
  #conclude(v0: number, v1: number): void {
    const x0 = this.#dx[v0]!, y0 = this.#dy[v0]!, x1 = this.#dx[v1]!, y1 = this.#dy[v1]!;
    const { x: firstX, y: firstY } = this.#first, { x: secondX, y: secondY } = this.#second;
    const m = secondX.length;
    const t = closestParameter(x0, y0, x1, y1);
    const px = blend(x0, x1, t), py = blend(y0, y1, t);
    const i0 = Math.floor(v0 / m), i1 = Math.floor(v1 / m), j0 = v0 % m, j1 = v1 % m;
    this.ax = blend(firstX[i0]!, firstX[i1]!, t);
    this.ay = blend(firstY[i0]!, firstY[i1]!, t);
    this.bx = blend(secondX[j0]!, secondX[j1]!, t);
    this.by = blend(secondY[j0]!, secondY[j1]!, t);
    this.edge = v0 << 3 | v1;
    const ex = x1 - x0, ey = y1 - y0;
    const scale = 1 / (Math.sqrt(ex * ex + ey * ey) + TINY);
    this.nx = ey * scale;
    this.ny = -ex * scale;
    this.distance = this.nx * px + this.ny * py;
    if (this.distance <= 0 || (-1 < t && t < 1)) return;
    // Corner against corner: the normal is no axis of the difference.
    this.distance = Math.sqrt(px * px + py * py);
    const inverse = 1 / (this.distance + TINY);
    this.nx = px * inverse;
    this.ny = py * inverse;
  }

  /** The corner of the difference that is farthest along a direction. */
  #support(nx: number, ny: number): number {
    return farthest(this.#first, -nx, -ny) * this.#second.x.length +
      farthest(this.#second, nx, ny);
  }
}

/** Index of the corner that is farthest along a direction. */
export function farthest({ x, y }: Outline, nx: number, ny: number): number {
  let best = 0, most = -Infinity;
  for (let i = 0; i < x.length; i++) {
    const d = x[i]! * nx + y[i]! * ny;
    if (d > most) {
      most = d;
      best = i;
    }
  }
  return best;
}

/**
 * Returns whether c is to the right of the line from a to b, by twice the signed area, without a
 * division.
 */
function isBeyond(ax: number, ay: number, bx: number, by: number, cx: number, cy: number): boolean {
  return (by - ay) * (ax + bx - 2 * cx) > (bx - ax) * (ay + by - 2 * cy);
}

/** Returns where a segment is closest to the origin: −1 at its start, 1 at its end. */
function closestParameter(x0: number, y0: number, x1: number, y1: number): number {
  const dx = x1 - x0, dy = y1 - y0, length = dx * dx + dy * dy;
  if (length === 0) return 0;
  return -Math.min(Math.max((dx * (x0 + x1) + dy * (y0 + y1)) / length, -1), 1);
}

/** Linear interpolation for t in [−1, 1]. */
function blend(a: number, b: number, t: number): number {
  const half = 0.5 * t;
  return a * (0.5 - half) + b * (0.5 + half);
}

/** Returns the squared distance of the origin from a segment. */
function squaredDistance(x0: number, y0: number, x1: number, y1: number): number {
  const t = closestParameter(x0, y0, x1, y1);
  const x = blend(x0, x1, t), y = blend(y0, y1, t);
  return x * x + y * y;
}
