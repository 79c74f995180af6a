import assert from "node:assert/strict";
import { createRandom } from "../../../core/random.ts";
import {
  createImage,
  discRing,
  fillRings,
  lineRing,
  type RgbImage,
  type Ring,
} from "../../../sim/images/raster.ts";

const SIZE = 24;

/** Black on white, as shares of black in [0, 1]. */
function coverage(rings: readonly Ring[]): number[] {
  const image = createImage(SIZE, SIZE, [255, 255, 255]);
  fillRings(image, rings, [0, 0, 0]);
  return sharesOf(image);
}

function sharesOf({ rgb }: RgbImage): number[] {
  return Array.from({ length: rgb.length / 3 }, (_, i) => 1 - rgb[3 * i]! / 255);
}

/** A star about a point, which may reach beyond the image. */
function drawStar(seed: number): number[] {
  const random = createRandom(seed, "star", 0), corners = 3 + random.integer(9);
  const x = random.uniform(-4, SIZE + 4), y = random.uniform(-4, SIZE + 4);
  return Array.from({ length: corners }, (_, i) => {
    const angle = 2 * Math.PI * i / corners, radius = random.uniform(0.2, 12);
    return [x + radius * Math.cos(angle), y + radius * Math.sin(angle)];
  }).flat();
}

/** Whether a point is within, by the even-odd rule. */
function isInside(ring: readonly number[], x: number, y: number): boolean {
  let inside = false;
  for (let i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2) {
    const ax = ring[i]!, ay = ring[i + 1]!, bx = ring[j]!, by = ring[j + 1]!;
    if ((ay > y) !== (by > y) && x < ax + (y - ay) * (bx - ax) / (by - ay)) inside = !inside;
  }
  return inside;
}

Deno.test("fillRings() takes the share of each pixel that a star covers, either way round", () => {
  const samples = 16;
  for (let seed = 0; seed < 60; seed++) {
    const star = drawStar(seed);
    const found = coverage([star]);
    const turned = coverage([
      star.map((_, i) => star[star.length - 2 - i + 2 * (i % 2)]!),
    ]);
    for (let pixel = 0; pixel < SIZE * SIZE; pixel++) {
      let hits = 0;
      for (let i = 0; i < samples * samples; i++) {
        const x = pixel % SIZE + (i % samples + 0.5) / samples;
        const y = Math.floor(pixel / SIZE) + (Math.floor(i / samples) + 0.5) / samples;
        if (isInside(star, x, y)) hits++;
      }
      const wanted = hits / samples ** 2;
      assert.ok(Math.abs(found[pixel]! - wanted) < 0.06, `${seed}, ${pixel}: ${found[pixel]}`);
      assert.ok(Math.abs(turned[pixel]! - found[pixel]!) < 0.005);
    }
  }
});

Deno.test("fillRings() paints edges on pixel borders sharply, and overlaps once", () => {
  const square = [3, 4, 9, 4, 9, 12, 3, 12], beside = [6, 4, 14, 4, 14, 12, 6, 12];
  const inside = (x: number, y: number) => x >= 3 && x < 14 && y >= 4 && y < 12;
  coverage([square, beside]).forEach((share, pixel) => {
    assert.equal(share, inside(pixel % SIZE, Math.floor(pixel / SIZE)) ? 1 : 0);
  });
});

Deno.test("fillRings() shows no seam between rings that touch within a pixel", () => {
  const left = [2.3, 2, 7.4, 2, 7.4, 9, 2.3, 9], right = [7.4, 2, 12.6, 2, 12.6, 9, 7.4, 9];
  assert.equal(coverage([left, right])[5 * SIZE + 7], 1);
});

Deno.test("fillRings() leaves out what is not there, or nowhere near", () => {
  for (
    const ring of [[], [5, 5], [1, 1, 2, 2], [NaN, 0, 5, 5, 0, 9], [1e9, 0, -1e9, 1e9, 5, -1e9]]
  ) {
    assert.equal(Math.max(...coverage([ring])), 0);
  }
  const left = coverage([[-30, -30, 10, -30, 10, 50, -30, 50]]);
  assert.equal(left[0], 1);
  assert.equal(left[10], 0);
});

Deno.test("discRing() has a circle's area, and lineRing() a line's", () => {
  const sum = (shares: readonly number[]) => shares.reduce((total, share) => total + share, 0);
  for (const radius of [0.8, 3, 10]) {
    const area = sum(coverage([discRing(12, 11.5, radius)]));
    assert.ok(Math.abs(area - Math.PI * radius ** 2) < 0.02 * area, `${radius}: ${area}`);
  }
  const line = [2, 3, 2, 3, 8, 3, 8, 3.0001, 20, 19];
  const length = 6 + Math.hypot(12, 16);
  const area = sum(coverage([lineRing(line, 1.5)]));
  assert.ok(Math.abs(area - 1.5 * length) < 0.05 * area, `${area} instead of ${1.5 * length}`);
  assert.deepEqual(lineRing([4, 4, 4, 4], 2), []);
});
