/**
 * Polygons on an image, with smooth edges: a pixel takes the share of a colour that is the area of it
 * that the polygon covers, exactly. Time goes with the polygon's size, not the image's.
 */

/** Components in [0, 255]. */
export type Colour = readonly [red: number, green: number, blue: number];

/** RGB, `[height · width · 3]` u8, row-major from the top. */
export interface RgbImage {
  readonly width: number;
  readonly height: number;
  readonly rgb: Uint8Array;
}

/** Corners as flat x, y in pixels; the image's top left corner is (0, 0), y points down. */
export type Ring = ArrayLike<number>;

/** An image of one colour. */
export function createImage(width: number, height: number, colour: Colour): RgbImage {
  const rgb = new Uint8Array(3 * width * height);
  for (let at = 0; at < rgb.length; at += 3) rgb.set(colour, at);
  return { width, height, rgb };
}

/**
 * Paints the inside of rings that run the same way round; where they overlap it is painted once.
 * What is beyond the image is left out.
 */
export function fillRings(image: RgbImage, rings: readonly Ring[], colour: Colour): void {
  const window = boundsOf(rings);
  if (!(window.width * window.height <= MOST_PIXELS)) return;
  const steps = new Float64Array(window.width * window.height);
  for (const ring of rings) {
    let x = ring[ring.length - 2]! - window.left, y = ring[ring.length - 1]! - window.top;
    for (let corner = 0; corner < ring.length; corner += 2) {
      const endX = ring[corner]! - window.left, endY = ring[corner + 1]! - window.top;
      if (y < endY) addEdge(steps, window.width, { x, y, endX, endY, sign: 1 });
      else if (y > endY) {
        addEdge(steps, window.width, { x: endX, y: endY, endX: x, endY: y, sign: -1 });
      }
      x = endX;
      y = endY;
    }
  }
  blend(image, window, steps, colour);
}

/** A scene that blew up is nowhere near the image, and its window would not fit into memory. */
const MOST_PIXELS = 2 ** 24;

/** Whole pixels around rings, with a column to the right that takes what is carried over. */
interface Window {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

function boundsOf(rings: readonly Ring[]): Window {
  let left = Infinity, top = Infinity, right = -Infinity, bottom = -Infinity;
  for (const ring of rings) {
    for (let corner = 0; corner < ring.length; corner += 2) {
      left = Math.min(left, ring[corner]!);
      right = Math.max(right, ring[corner]!);
      top = Math.min(top, ring[corner + 1]!);
      bottom = Math.max(bottom, ring[corner + 1]!);
    }
  }
  if (!(left <= right)) return { left: 0, top: 0, width: 0, height: 0 };
  const x = Math.floor(left), y = Math.floor(top);
  return { left: x, top: y, width: Math.ceil(right) - x + 2, height: Math.ceil(bottom) - y };
}

/** An edge that runs down, and whether the ring runs it that way. */
interface Edge {
  readonly x: number;
  readonly y: number;
  readonly endX: number;
  readonly endY: number;
  readonly sign: number;
}

/**
 * Adds the effect of an edge: the sum of a row's steps up to a pixel is the signed area of the
 * pixel to the right of all edges.
 *
 * @param steps `[height, width]`
 * @see R. Levien, font-rs (2016), for sums of areas in place of sorted edges
 */
function addEdge(steps: Float64Array, width: number, { x, y, endX, endY, sign }: Edge): void {
  const slope = (endX - x) / (endY - y), last = Math.ceil(endY);
  let from = x;
  for (let row = Math.floor(y); row < last; row++) {
    const height = Math.min(row + 1, endY) - Math.max(row, y), to = from + slope * height;
    const low = Math.min(from, to), high = Math.max(from, to);
    const first = Math.floor(low), end = Math.ceil(high), area = sign * height;
    const start = row * width + first;
    if (end <= first + 1) {
      // Within one column: a trapezoid.
      const beyond = area * ((low + high) / 2 - first);
      steps[start]! += area - beyond;
      steps[start + 1]! += beyond;
    } else {
      // The part of the row's area to the left of column `first + i + 1` is a quadratic of i.
      const share = area / (high - low);
      let before = 0;
      for (let column = first; column < end; column++) {
        const enter = Math.max(low, column), leave = Math.min(high, column + 1);
        const covered = share *
          ((leave - enter) * (column + 1 - (enter + leave) / 2) + enter - low);
        steps[start + column - first]! += covered - before;
        before = covered;
      }
      steps[start + end - first]! += area - before;
    }
    from = to;
  }
}

function blend(
  { width, height, rgb }: RgbImage,
  window: Window,
  steps: Float64Array,
  [red, green, blue]: Colour,
): void {
  const firstRow = Math.max(0, -window.top), endRow = Math.min(window.height, height - window.top);
  const endColumn = Math.min(window.width, width - window.left);
  for (let row = firstRow; row < endRow; row++) {
    let sum = 0;
    let at = 3 * ((window.top + row) * width + window.left);
    for (let column = 0; column < endColumn; column++, at += 3) {
      sum += steps[row * window.width + column]!;
      const share = Math.min(1, Math.abs(sum));
      // Rounding leaves sums that are not quite 0.
      if (share < 1e-9 || window.left + column < 0) continue;
      rgb[at] = rgb[at]! + share * (red - rgb[at]!) + 0.5;
      rgb[at + 1] = rgb[at + 1]! + share * (green - rgb[at + 1]!) + 0.5;
      rgb[at + 2] = rgb[at + 2]! + share * (blue - rgb[at + 2]!) + 0.5;
    }
  }
}

/** Returns a circle as a ring of so many corners that no pixel shows them. */
export function discRing(centreX: number, centreY: number, radius: number): Ring {
  // The middle of a side is radius · (1 − cos(π/n)) ≈ 5 radius/n² from the circle: 1/20 px.
  const corners = Math.max(24, Math.ceil(10 * Math.sqrt(radius)));
  return Float64Array.from({ length: 2 * corners }, (_, i) => {
    const angle = 2 * Math.PI * (i >> 1) / corners;
    return i % 2 === 0 ? centreX + radius * Math.cos(angle) : centreY + radius * Math.sin(angle);
  });
}

/** Positions that are nearer than this, in px, are one: they have no direction. */
const NEAREST = 1e-3;

/**
 * A line through points as a ring: down one side and up the other. Empty if all points are one.
 *
 * @param points Flat x, y in px
 */
export function lineRing(points: ArrayLike<number>, lineWidth: number): Ring {
  const kept: number[] = [];
  for (let i = 0; i < points.length; i += 2) {
    const x = points[i]!, y = points[i + 1]!;
    const isFar = kept.length === 0 ||
      Math.hypot(x - kept.at(-2)!, y - kept.at(-1)!) > NEAREST;
    if (isFar) kept.push(x, y);
  }
  if (kept.length < 4) return [];
  const there: number[] = [], back: number[] = [];
  for (let i = 0; i < kept.length; i += 2) {
    const before = Math.max(0, i - 2), after = Math.min(kept.length - 2, i + 2);
    const dx = kept[after]! - kept[before]!, dy = kept[after + 1]! - kept[before + 1]!;
    const scale = lineWidth / 2 / Math.max(NEAREST, Math.hypot(dx, dy));
    there.push(kept[i]! - dy * scale, kept[i + 1]! + dx * scale);
    back.unshift(kept[i]! + dy * scale, kept[i + 1]! - dx * scale);
  }
  return [...there, ...back];
}
