import assert from "node:assert/strict";
import { withBefore } from "../../bench/_against.ts";
import { type Figure, formatFigures, reachesBar, renderFigures } from "../../bench/_figures.ts";

const FAST: Figure = {
  id: "store.write",
  name: "write 40 MB",
  unit: "MB/s",
  value: 300,
  peer: { name: "zarr-python", value: 200 },
  bar: { of: "ratio", least: 1.4 },
};
const SLOW: Figure = { ...FAST, id: "store.read", bar: { of: "value", most: 100 } };
const ALONE: Figure = { id: "store.open", name: "open", unit: "s", value: 2 };

Deno.test("reachesBar() looks at the ratio or the value, and has nothing to say without a bar", () => {
  assert.deepEqual([FAST, SLOW, ALONE].map(reachesBar), [true, false, null]);
  const { peer: _, ...unmeasured } = FAST;
  assert.equal(reachesBar(unmeasured), false);
  const halved: Figure = { ...ALONE, bar: { of: "change", most: 0.5 } };
  const before = (value: number): Figure => ({ ...halved, before: { commit: "HEAD~1", value } });
  assert.deepEqual([halved, before(3), before(4)].map(reachesBar), [null, false, true]);
});

Deno.test("formatFigures() is one line of JSON with every field of every figure", () => {
  const line = formatFigures([FAST, ALONE]);
  assert.equal(line.includes("\n"), false);
  assert.deepEqual(JSON.parse(line), {
    figures: [{
      id: "store.write",
      value: 300,
      unit: "MB/s",
      peer: { name: "zarr-python", value: 200 },
      ratio: 1.5,
      bar: { of: "ratio", least: 1.4 },
      passed: true,
    }, { id: "store.open", value: 2, unit: "s", peer: null, ratio: null, bar: null, passed: null }],
  });
});

Deno.test("withBefore() finds the figure of another commit by its id, else by its name", () => {
  const { id: _, ...old } = { ...ALONE, value: 4 };
  const others = [{ ...FAST, name: "write 41 MB", value: 150 }, old];
  const [fast, slow, alone] = withBefore([FAST, SLOW, ALONE], others, "HEAD~1");
  assert.deepEqual(fast?.before, { commit: "HEAD~1", value: 150 });
  assert.equal(slow?.before, undefined);
  assert.deepEqual(alone?.before, { commit: "HEAD~1", value: 4 });
  assert.equal(JSON.parse(formatFigures([fast!])).figures[0].change, 2);
  assert.match(renderFigures([fast!, slow!]), /150 +2\.00 ×/);
});
