import assert from "node:assert/strict";
import { createHistogram, summarizeSample, wilsonInterval } from "../../../core/statistics/mod.ts";

/** Asserts equality within half of the last digit of the golden values. */
function assertNear(found: number, expected: number, tolerance = 5e-7): void {
  assert.ok(Math.abs(found - expected) <= tolerance, `${found} is not ${expected}`);
}

// From scipy 1.17.1: scipy.stats.binomtest(k, n).proportion_ci(method="wilson").
const WILSON = [
  [0, 10, 0, 0.2775328],
  [5, 10, 0.2365931, 0.7634069],
  [98, 100, 0.9299882, 0.9944980],
  [100, 100, 0.9630065, 1],
  [1, 1000, 0.0001765, 0.0056426],
] as const;

Deno.test("wilsonInterval() has scipy's bounds", () => {
  for (const [successes, trials, low, high] of WILSON) {
    const interval = wilsonInterval(successes, trials);
    assertNear(interval.low, low);
    assertNear(interval.high, high);
  }
});

Deno.test("wilsonInterval() refuses what is no proportion", () => {
  for (const [successes, trials] of [[0, 0], [-1, 3], [4, 3], [NaN, 3]] as const) {
    assert.throws(() => wilsonInterval(successes, trials), RangeError);
  }
});

Deno.test("summarizeSample() has the sample deviation and an interval around the mean", () => {
  const { count, mean, std, min, max, interval } = summarizeSample([2, 4, 4, 4, 5, 5, 7, 9]);
  assert.deepEqual([count, mean, min, max], [8, 5, 2, 9]);
  assertNear(std, 2.138090);
  assertNear(interval!.high - mean, mean - interval!.low);
  assertNear(interval!.high, 6.787488); // scipy.stats.t.interval(0.95, 7, 5, sem)
});

Deno.test("summarizeSample() of one value has no deviation and no interval", () => {
  const summary = summarizeSample([3]);
  assert.deepEqual([summary.mean, summary.std, summary.interval], [3, 0, null]);
  assert.throws(() => summarizeSample([]), RangeError);
});

Deno.test("createHistogram() counts every finite value once, in round bins", () => {
  const histogram = createHistogram("length", "steps", {
    train: [1, 2, 2, 40, NaN, Infinity],
    test: [200],
    empty: [],
  })!;
  assert.deepEqual(histogram.groups.map(({ name }) => name), ["train", "test"]);
  const totals = histogram.groups.map(({ counts }) => counts.reduce((sum, n) => sum + n, 0));
  assert.deepEqual(totals, [4, 1]);
  assert.ok(histogram.edges.every(Number.isInteger));
  assert.ok(histogram.edges[0]! <= 1 && histogram.edges.at(-1)! >= 200);
  assert.equal(createHistogram("nothing", null, { a: [NaN] }), null);
});

Deno.test("createHistogram() puts equal values into one bin", () => {
  const { groups } = createHistogram("return", null, { all: [0.25, 0.25, 0.25] })!;
  assert.deepEqual(groups[0]!.counts, [3]);
});
