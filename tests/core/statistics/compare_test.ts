import assert from "node:assert/strict";
import { createRandom } from "../../../core/random.ts";
import {
  alphaOfLook,
  comparePairedSuccess,
  compareVariants,
  type Comparison,
  holmAdjust,
  minimalSuccessDifference,
  pairedBootstrap,
  pairsOf,
  type Variant,
} from "../../../core/statistics/mod.ts";

const COMPARISON: Comparison = {
  alpha: 0.05,
  margin: null,
  higherIsBetter: true,
  paired: true,
  binary: true,
  baseline: null,
  random: { seed: 0, stream: "test" },
};

function variant(name: string, ...rows: readonly (readonly number[])[]): Variant {
  return { name, replicates: rows.map((values, s) => ({ label: `seed=${s}`, values })) };
}

function outcomes(stream: string, rate: number, count = 200): number[] {
  const random = createRandom(1, stream, 0);
  return Array.from({ length: count }, () => Number(random.uniform() < rate));
}

Deno.test("compareVariants() says better, worse, equivalent and no evidence", () => {
  const good = outcomes("good", 0.95), bad = outcomes("bad", 0.6);
  const verdict = (a: number[], b: number[], change: Partial<Comparison> = {}) =>
    compareVariants([variant("a", a), variant("b", b)], { ...COMPARISON, ...change })[0]!.verdict;
  assert.equal(verdict(bad, good), "better");
  assert.equal(verdict(good, bad), "worse");
  assert.equal(verdict(bad, good, { higherIsBetter: false }), "worse");
  assert.equal(verdict(good, good), "no evidence");
  assert.equal(verdict(good, good, { margin: 0.05 }), "equivalent");
  assert.equal(verdict(good, good.slice(0, 20), { margin: 0.001 }), "no evidence");
});

Deno.test("compareVariants() of swapped variants swaps the difference and keeps p", () => {
  const a = variant("a", outcomes("a1", 0.7), outcomes("a2", 0.8));
  const b = variant("b", outcomes("b1", 0.9), outcomes("b2", 0.85));
  const [forth] = compareVariants([a, b], { ...COMPARISON, baseline: "a" });
  const [back] = compareVariants([a, b], { ...COMPARISON, baseline: "b" });
  assert.ok(Math.abs(forth!.difference + back!.difference) < 1e-12);
  assert.equal(forth!.method, "Student's t over seeds × episodes");
});

Deno.test("compareVariants() pairs seeds by their label, in whatever order they come", () => {
  const [a1, a2, b1, b2] = ["a1", "a2", "b1", "b2"].map((name) => outcomes(name, 0.8));
  const label = (values: number[], seed: number) => ({ label: `seed=${seed}`, values });
  const a = { name: "a", replicates: [label(a1!, 1), label(a2!, 2)] };
  const compare = (replicates: Variant["replicates"]) =>
    compareVariants([a, { name: "b", replicates }], COMPARISON);
  const [first] = compare([label(b1!, 1), label(b2!, 2)]);
  const [second] = compare([label(b2!, 2), label(b1!, 1)]);
  assert.deepEqual(first, second);
  assert.throws(() => compare([label(b1!, 7), label(b2!, 8)]), /expected training seeds/);
});

Deno.test("compareVariants() without pairing counts seeds, not their episodes", () => {
  const a = variant("a", outcomes("a1", 0.7), outcomes("a2", 0.8));
  const b = variant("b", outcomes("b1", 0.9), outcomes("b2", 0.95));
  const [pair] = compareVariants([a, b], { ...COMPARISON, paired: false });
  assert.equal(pair!.method, "Welch's t");
  assert.ok(pair!.p > 0.05);
});

Deno.test("pairsOf() compares each with each, or all with the baseline", () => {
  assert.deepEqual(pairsOf(["a", "b", "c"], null), [["a", "b"], ["a", "c"], ["b", "c"]]);
  assert.deepEqual(pairsOf(["a", "b", "c"], "b"), [["b", "a"], ["b", "c"]]);
});

Deno.test("comparePairedSuccess() of equal outcomes has p 1 and an interval around 0", () => {
  const values = outcomes("same", 0.5);
  const { difference, p, interval } = comparePairedSuccess(values, values);
  assert.deepEqual([difference, p], [0, 1]);
  const { low, high } = interval(0.95)!;
  assert.ok(low < 0 && high > 0 && Math.abs(low + high) < 1e-12);
});

Deno.test("pairedBootstrap() of equal differences is certain, of a single one knows nothing", () => {
  const random = COMPARISON.random;
  assert.deepEqual(pairedBootstrap([2, 2, 2], random).interval(0.95), { low: 2, high: 2 });
  assert.equal(pairedBootstrap([0, 0, 0], random).p, 1);
  const single = pairedBootstrap([1], random);
  assert.deepEqual([single.p, single.interval(0.95)], [1, null]);
});

Deno.test("holmAdjust() never falls below p nor changes its order", () => {
  for (let i = 0; i < 50; i++) {
    const random = createRandom(2, "holm", i);
    const p = Array.from({ length: 6 }, () => random.uniform());
    const adjusted = holmAdjust(p);
    assert.ok(adjusted.every((value, at) => value >= p[at]! && value <= 1));
    const order = (values: readonly number[]) =>
      values.map((_, at) => at).sort((x, y) => p[x]! - p[y]!).map((at) => values[at]!);
    assert.deepEqual(order(adjusted), adjusted.toSorted((x, y) => x - y));
  }
});

Deno.test("alphaOfLook() spends the whole error, most of it at the last look", () => {
  const spent = [1, 2, 3, 4, 5].map((look) => alphaOfLook(look, 5, 0.05));
  assert.ok(Math.abs(spent.reduce((sum, part) => sum + part, 0) - 0.05) < 1e-12);
  assert.ok(spent[0]! < 1e-4 && spent[4]! > 0.02);
  assert.ok(Math.abs(alphaOfLook(1, 1, 0.05) - 0.05) < 1e-12);
});

Deno.test("minimalSuccessDifference() shrinks with episodes, and is null where none could be seen", () => {
  const at = (episodes: number) => minimalSuccessDifference({ episodes, alpha: 0.05 }, 0.9);
  assert.ok(at(1000)! < at(100)!);
  assert.equal(at(2), null);
});
