import assert from "node:assert/strict";
import { createRandom } from "../../core/random.ts";
import type { Feature } from "../../store/lerobot/features.ts";
import { featureStatistics, MOMENTS, TotalStatistics } from "../../store/lerobot/statistics.ts";

const VECTOR: Feature = { name: "v", dtype: "float32", shape: [2], names: null, fields: [] };
const PICTURE: Feature = { name: "p", dtype: "video", shape: [4, 6, 3], names: null, fields: [] };

function assertClose(found: readonly number[], expected: readonly number[], what: string): void {
  assert.equal(found.length, expected.length, what);
  found.forEach((value, i) => assert.ok(Math.abs(value - expected[i]!) < 1e-6, what));
}

Deno.test("featureStatistics() of few rows is what can be counted by hand", () => {
  const { count, moments } = featureStatistics(VECTOR, Float32Array.of(1, 10, 3, 10, 2, 10, 4, 10));
  assert.equal(count, 4);
  assert.deepEqual(moments.min, [1, 10]);
  assert.deepEqual(moments.max, [4, 10]);
  assert.deepEqual(moments.mean, [2.5, 10]);
  assertClose(moments.std, [Math.sqrt(1.25), 0], "std");
  assert.deepEqual([moments.q01, moments.q50, moments.q90], [[1, 10], [2, 10], [4, 10]]);
});

Deno.test("featureStatistics() of pictures is that of their channels in [0, 1]", () => {
  const random = createRandom(1, "pictures", 0);
  const data = Uint8Array.from({ length: 5 * 4 * 6 * 3 }, () => random.integer(256));
  const { count, moments } = featureStatistics(PICTURE, data);
  assert.equal(count, 5);
  const channels: Feature = { ...VECTOR, shape: [3] };
  const expected = featureStatistics(channels, Float32Array.from(data, (value) => value / 255));
  for (const moment of MOMENTS) assertClose(moments[moment], expected.moments[moment], moment);
});

Deno.test("featureStatistics() looks at a sample of many pictures, first and last among them", () => {
  const data = new Uint8Array(500 * 4 * 6 * 3);
  data.fill(255, 499 * 4 * 6 * 3);
  const { count, moments } = featureStatistics(PICTURE, data);
  assert.equal(count, Math.floor(500 ** 0.75));
  assert.deepEqual(moments.max, [1, 1, 1]);
  assertClose(moments.mean, [1 / count, 1 / count, 1 / count], "mean");
});

Deno.test("TotalStatistics of parts has the moments of the whole", () => {
  const random = createRandom(2, "total", 0);
  for (let trial = 0; trial < 20; trial++) {
    const rows = Array.from({ length: 2 + random.integer(40) }, () => [
      1e3 + random.normal(),
      random.normal(),
    ]);
    const cut = 1 + random.integer(rows.length - 1), total = new TotalStatistics();
    for (const part of [rows.slice(0, cut), rows.slice(cut)]) {
      total.add(featureStatistics(VECTOR, Float64Array.from(part.flat())));
    }
    const whole = featureStatistics(VECTOR, Float64Array.from(rows.flat()));
    const { count, moments } = total.result();
    assert.equal(count, whole.count);
    for (const moment of ["min", "max", "mean", "std"] as const) {
      assertClose(moments[moment], whole.moments[moment], moment);
    }
  }
});
