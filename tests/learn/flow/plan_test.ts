import assert from "node:assert/strict";
import { planWidth, writePlan } from "../../../learn/flow/plan.ts";

/** Targets 0, 10, 20, 30 along x and the same from 100 along y, over 2.5 control steps. */
const PATH = {
  targets: Float32Array.of(0, 100, 10, 110, 20, 120, 30, 130),
  width: 2,
  duration: 2.5,
};

function seen(time: number, interval: number): number[] {
  const out = new Float32Array(planWidth(2) + 3).fill(7);
  writePlan(PATH, time, interval, out, 3);
  assert.deepEqual([...out.subarray(0, 3)], [7, 7, 7]);
  return [...out.subarray(3)];
}

Deno.test("writePlan() interpolates targets about both ends of a transition", () => {
  const row = seen(1, 1.5);
  const along = row.slice(0, -2).filter((_, i) => i % 2 === 0);
  // Three steps, two and one before; now; one step on; the middle; the end; one before the end.
  assert.deepEqual(along, [0, 0, 0, 10, 20, 17.5, 25, 15]);
  assert.deepEqual(row.slice(0, -2).filter((_, i) => i % 2 === 1), along.map((x) => 100 + x));
  assert.deepEqual(row.slice(-2), [Math.fround(0.4), Math.fround(Math.exp(-0.4))]);
});

Deno.test("writePlan() holds the last target, and looks no further than a short interval", () => {
  const late = seen(3, 4).slice(0, -2).filter((_, i) => i % 2 === 0);
  assert.deepEqual(late, [0, 10, 20, 30, 30, 30, 30, 30]);
  const short = seen(0, 0.5).slice(0, -2).filter((_, i) => i % 2 === 0);
  assert.deepEqual(short, [0, 0, 0, 0, 5, 2.5, 5, 0]);
});
