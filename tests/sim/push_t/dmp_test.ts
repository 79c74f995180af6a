import assert from "node:assert/strict";
import { asVector, downsample, fromVector, phaseAt, rolloutDmp } from "../../../sim/mod.ts";
import golden from "../dmp_golden.json" with { type: "json" };

const CONFIG = { dt: 0.0125, alphaS: 1.2, scaleForcing: false };

function assertClose(found: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number) {
  assert.equal(found.length, expected.length);
  for (let i = 0; i < found.length; i++) {
    assert.ok(Math.abs(found[i]! - expected[i]!) <= tolerance, `${i}: ${found[i]} ${expected[i]}`);
  }
}

Deno.test("rolloutDmp() gives what NumPy gives", () => {
  for (const { vector, waypoints, phase, ...config } of golden) {
    const movement = fromVector(vector);
    const steps = Math.ceil(movement.duration * 10);
    const path = rolloutDmp(movement, config, 8 * steps);
    assertClose(downsample(path, 8), waypoints, 1e-11);
    assertClose([0, 1, 2, 3].map((t) => phaseAt(t, movement.duration, config)), phase, 1e-15);
  }
});

Deno.test("asVector() has the order of its description, and fromVector() reads it back", () => {
  const movement = {
    duration: 1,
    start: [2, 3],
    goal: [4, 5],
    weights: [[6, 7, 8], [9, 10, 11]],
    stiffness: 12,
    damping: 13,
  } as const;
  assert.deepEqual([...asVector(movement)], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
  assert.deepEqual(fromVector(asVector(movement)), movement);
  for (const { vector } of golden) assert.deepEqual([...asVector(fromVector(vector))], vector);
  for (const length of [0, 8, 9, 12]) {
    assert.throws(() => fromVector(new Float64Array(length)), /expected 7 \+ 2n numbers/);
  }
});

Deno.test("rolloutDmp() without weights goes straight to the goal and stays there", () => {
  const movement = fromVector([2, -1, 0, 1, 0.5, 0, 0, 0, 0, 0, 0, 35, 0]);
  const path = rolloutDmp(movement, CONFIG, 400);
  assertClose(path.subarray(-2), [1, 0.5], 1e-3);
  for (let i = 0; i < path.length; i += 2) {
    assert.ok(Math.abs((path[i + 1]! - 0) - 0.25 * (path[i]! + 1)) < 1e-12);
  }
});

Deno.test("rolloutDmp() with scaled forcing keeps its shape whatever the span", () => {
  const config = { ...CONFIG, scaleForcing: true };
  const from = (span: number) =>
    rolloutDmp(fromVector([2, 0, 0, span, span, 40, 5, -50, 10, -20, 30, 20, 0]), config, 160);
  assertClose(from(0.5).map((value) => 2 * value), from(1), 1e-12);
  assertClose(from(0), new Float64Array(322), 0);
});

Deno.test("rolloutDmp() refuses numbers that are none, by name", () => {
  const movement = fromVector([2, 0, 0, 1, 1, 40, 5, -50, 10, -20, 30, 20, 0]);
  const refusals = [
    [{ weights: [[1, NaN, 2], [0, 0, 0]] }, /finite weights, found NaN/],
    [{ goal: [0, Infinity] }, /finite goal, found Infinity/],
    [{ stiffness: NaN }, /finite stiffness, found NaN/],
    [{ duration: 0 }, /duration above 0 s, found 0/],
    [{ duration: NaN }, /duration above 0 s, found NaN/],
  ] as const;
  for (const [change, message] of refusals) {
    const changed = { ...movement, ...change } as typeof movement; // with what the types permit
    assert.throws(() => rolloutDmp(changed, CONFIG, 8), { name: "InvalidInputError", message });
  }
});
