import assert from "node:assert/strict";
import { createRandom, type RandomGenerator } from "../../../../core/random.ts";
import { ClosestPoints, type Outline } from "../../../../sim/push_t/chipmunk/closest_points.ts";

/** A box somewhere, counter-clockwise. */
function randomBox(random: RandomGenerator): Outline {
  const [x, y] = [random.uniform(-80, 80), random.uniform(-80, 80)];
  const [w, h] = [random.uniform(5, 60), random.uniform(5, 60)];
  const angle = random.uniform(-4, 4), c = Math.cos(angle), s = Math.sin(angle);
  const corners = [[-w, -h], [w, -h], [w, h], [-w, h]] as const;
  return {
    x: Float64Array.from(corners, ([px, py]) => x + c * px - s * py),
    y: Float64Array.from(corners, ([px, py]) => y + s * px + c * py),
  };
}

function randomSegment(random: RandomGenerator): Outline {
  return {
    x: Float64Array.from({ length: 2 }, () => random.uniform(-150, 150)),
    y: Float64Array.from({ length: 2 }, () => random.uniform(-150, 150)),
  };
}

/** Returns the distance of a point from a segment. */
function distanceTo(px: number, py: number, { x, y }: Outline, i: number, j: number): number {
  const dx = x[j]! - x[i]!, dy = y[j]! - y[i]!;
  const t = ((px - x[i]!) * dx + (py - y[i]!) * dy) / (dx * dx + dy * dy || 1);
  const at = Math.max(0, Math.min(1, t));
  return Math.hypot(px - x[i]! - at * dx, py - y[i]! - at * dy);
}

/** The least distance between edges, by trying every corner against every edge. */
function bruteDistance(first: Outline, second: Outline): number {
  let least = Infinity;
  for (const [a, b] of [[first, second], [second, first]] as const) {
    for (let corner = 0; corner < a.x.length; corner++) {
      for (let i = 0; i < b.x.length; i++) {
        const next = (i + 1) % b.x.length;
        least = Math.min(least, distanceTo(a.x[corner]!, a.y[corner]!, b, i, next));
      }
    }
  }
  return least;
}

/** How far two shapes overlap along a direction; negative where that separates them. */
function overlapAlong(first: Outline, second: Outline, nx: number, ny: number): number {
  const along = ({ x, y }: Outline) => Array.from(x, (value, i) => value * nx + y[i]! * ny);
  return Math.max(...along(first)) - Math.min(...along(second));
}

function randomPoint(random: RandomGenerator): Outline {
  return {
    x: Float64Array.of(random.uniform(-150, 150)),
    y: Float64Array.of(random.uniform(-150, 150)),
  };
}

for (const [name, draw] of [["point", randomPoint], ["segment", randomSegment]] as const) {
  Deno.test(`ClosestPoints.find() of ${name} and box agrees with trying everything`, () => {
    const search = new ClosestPoints();
    let apart = 0, overlapping = 0;
    for (let index = 0; index < 3_000; index++) {
      const random = createRandom(3, name, index);
      const first = draw(random), second = randomBox(random);
      search.find(first, second, -1, random.normal(), random.normal());
      const { nx, ny, distance } = search;
      assert.ok(Math.abs(Math.hypot(nx, ny) - 1) < 1e-12);
      // The normal shows the overlap or the gap, and no direction shows less of an overlap.
      assert.ok(Math.abs(overlapAlong(first, second, nx, ny) + distance) < 1e-9);
      if (distance > 1e-9) {
        apart++;
        assert.ok(Math.abs(distance - bruteDistance(first, second)) < 1e-9);
        const [dx, dy] = [search.bx - search.ax, search.by - search.ay];
        assert.ok(Math.abs(Math.hypot(dx, dy) - distance) < 1e-9);
      } else {
        overlapping++;
        for (let angle = 0; angle < 6.28; angle += 0.1) {
          const overlap = overlapAlong(first, second, Math.cos(angle), Math.sin(angle));
          assert.ok(overlap >= -distance - 1e-9);
        }
      }
      // The edge that it ended with is a start that leads to the same end.
      search.find(first, second, search.edge, 0, 0);
      assert.ok(Math.abs(search.distance - distance) < 1e-9);
    }
    assert.ok(apart > 100 && overlapping > 100, `${apart} ${overlapping}`);
  });
}
