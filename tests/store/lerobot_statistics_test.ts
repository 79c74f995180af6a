import assert from "node:assert/strict";
import { join } from "node:path";
import { createRandom } from "../../core/random.ts";
import { exportDataset } from "../../store/foreign.ts";
import { openDataset } from "../../store/mod.ts";
import { type Feature, featuresOf } from "../../store/lerobot/features.ts";
import { featureStatistics, MOMENTS, TotalStatistics } from "../../store/lerobot/statistics.ts";
import { pythonEnvironment, runPython } from "../../tools/python_env.ts";
import { withDirectory } from "./_episodes.ts";
import { writeDataset } from "./_lerobot.ts";

const { python, reason } = await pythonEnvironment("tests");

const VECTOR: Feature = { name: "v", dtype: "float32", shape: [2], names: null, fields: [] };
const IMAGE: Feature = { name: "p", dtype: "video", shape: [4, 6, 3], names: null, fields: [] };

function assertClose(found: readonly number[], expected: readonly number[], what: string): void {
  assert.equal(found.length, expected.length, what);
  found.forEach((value, i) =>
    assert.ok(
      Math.abs(value - expected[i]!) <= 1e-9 * Math.max(1, Math.abs(expected[i]!)),
      `${what} ${i}: ${value} for ${expected[i]}`,
    )
  );
}

/** Statistics of parts as those of a whole, in as many passes as they take. */
function totalOf(feature: Feature, parts: readonly Parameters<TotalStatistics["add"]>[0][]) {
  const total = new TotalStatistics(feature);
  for (const part of parts) total.add(part);
  while (!total.isDone) {
    for (const part of parts) total.addAgain(part);
    total.endPass();
  }
  return total.result();
}

Deno.test("featureStatistics() of few rows is what can be counted by hand", () => {
  const { count, moments } = featureStatistics(VECTOR, Float32Array.of(1, 10, 3, 10, 2, 10, 4, 10));
  assert.equal(count, 4);
  assert.deepEqual(moments.min, [1, 10]);
  assert.deepEqual(moments.max, [4, 10]);
  assert.deepEqual(moments.mean, [2.5, 10]);
  assertClose(moments.std, [Math.sqrt(1.25), 0], "std");
  assertClose(moments.q01, [1.03, 10], "q01");
  assertClose(moments.q50, [2.5, 10], "q50");
  assertClose(moments.q90, [3.7, 10], "q90");
});

Deno.test("featureStatistics() of pictures is that of all their pixels, by channel in [0, 1]", () => {
  const random = createRandom(1, "pictures", 0);
  const data = Uint8Array.from({ length: 150 * 4 * 6 * 3 }, () => random.integer(256));
  const { count, moments } = featureStatistics(IMAGE, data);
  assert.equal(count, 150);
  const channels: Feature = { ...VECTOR, shape: [3] };
  const expected = featureStatistics(channels, Float64Array.from(data, (value) => value / 255));
  for (const moment of MOMENTS) assertClose(moments[moment], expected.moments[moment], moment);
});

Deno.test("featureStatistics() leaves rows aside that are not finite", () => {
  const { count, moments } = featureStatistics(VECTOR, Float32Array.of(1, 2, NaN, 5, 3, Infinity));
  assert.equal(count, 3);
  assert.deepEqual([moments.min, moments.max, moments.q50], [[1, 2], [1, 2], [1, 2]]);
  assert.deepEqual(featureStatistics(VECTOR, Float32Array.of(1, NaN)).moments.mean, [0, 0]);
});

Deno.test("TotalStatistics of parts has the statistics of the whole, whatever the numbers are", () => {
  const random = createRandom(2, "total", 0);
  const draws: readonly (() => number)[] = [
    () => 1e3 + random.normal(),
    () => random.integer(3) - 1,
    () => random.normal() * 10 ** (random.integer(600) - 300),
    () => [0, -0, 5e-324, -5e-324, Number.MAX_VALUE, -Number.MAX_VALUE][random.integer(6)]! / 4,
  ];
  for (let trial = 0; trial < 40; trial++) {
    const draw = draws[trial % draws.length]!;
    const rows = Array.from({ length: 2 + random.integer(40) }, () => [draw(), random.normal()]);
    const cut = 1 + random.integer(rows.length - 1);
    const parts = [rows.slice(0, cut), rows.slice(cut)].map((part) =>
      Float64Array.from(part.flat())
    );
    const whole = featureStatistics(VECTOR, Float64Array.from(rows.flat()));
    const { count, moments } = totalOf(VECTOR, parts);
    assert.equal(count, whole.count);
    for (const moment of MOMENTS) assert.deepEqual(moments[moment], whole.moments[moment], moment);
  }
});

Deno.test({
  name: `exportDataset() to lerobot writes the statistics that NumPy has of all rows${
    reason === null ? "" : ` (skipped: ${reason})`
  }`,
  ignore: python === null,
  fn: () =>
    withDirectory(async (directory) => {
      const stored = await writeDataset(directory, 12), target = join(directory, "out");
      await exportDataset(stored, target, "lerobot");
      const dataset = await openDataset(stored);
      const { step } = await dataset.readTable(0, dataset.episodes);
      const features = featuresOf(dataset.schema, () => "image")
        .filter(({ fields }) => fields.length > 0)
        .map(({ name, dtype, shape, fields }) => {
          const parts = fields.map(({ name }, part) => {
            const { data } = step[name]!,
              file = join(directory, `${name.replaceAll("/", "-")}.${part}`);
            Deno.writeFileSync(file, new Uint8Array(Float64Array.from(data, Number).buffer));
            return file;
          });
          return {
            name,
            parts,
            last: dtype === "image" ? 3 : shape.at(-1)!,
            scale: dtype === "image" ? 255 : 1,
          };
        });
      const code = `
import json, sys, numpy
found = {}
for feature in json.loads(sys.argv[1]):
    parts = [numpy.fromfile(part) for part in feature["parts"]]
    if len(parts) > 1:
        parts = [numpy.concatenate([part.reshape(int(sys.argv[2]), -1) for part in parts], axis=1)]
    rows = parts[0].reshape(-1, feature["last"]) / feature["scale"]
    moments = {name: getattr(rows, name)(axis=0) for name in ("min", "max", "mean", "std")}
    for quantile in (1, 10, 50, 90, 99):
        moments[f"q{quantile:02}"] = numpy.quantile(rows, quantile / 100, axis=0)
    found[feature["name"]] = {name: value.tolist() for name, value in moments.items()}
print(json.dumps(found))`;
      const expected = JSON.parse(
        await runPython(python!, code, [JSON.stringify(features), String(dataset.steps)]),
      );
      const stats = JSON.parse(await Deno.readTextFile(join(target, "meta/stats.json")));
      for (const { name } of features) {
        for (const moment of MOMENTS) {
          assertClose(stats[name][moment].flat(2), expected[name][moment], `${name} ${moment}`);
        }
      }
      assert.deepEqual(stats["index"].q50, [(dataset.steps - 1) / 2]);
    }),
});
