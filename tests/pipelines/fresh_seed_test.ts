import assert from "node:assert/strict";
import { freshSeed } from "../../pipelines/fresh_seed.ts";

/** Printed by `fresh_seed.py`: another seed would draw other data for a night made up for. */
const GOLDEN: readonly (readonly [seed: number, date: string, expected: number])[] = [
  [0, "2026-11-21", 1898344481401958],
  [42, "2026-11-21", 1807679144180975],
  [42, "2026-11-22", 3710613331790368],
];

Deno.test("freshSeed() gives what another implementation gives", () => {
  for (const [seed, date, expected] of GOLDEN) assert.equal(freshSeed(seed, date), expected);
});

Deno.test("freshSeed() differs between the nights of four years and between pipelines", () => {
  const seeds = new Set<number>();
  for (const seed of [0, 1, 42]) {
    for (let day = 0; day < 1461; day++) {
      const date = Temporal.PlainDate.from("2026-01-01").add({ days: day }).toString();
      const found = freshSeed(seed, date);
      assert.ok(Number.isSafeInteger(found) && found >= 0, `${seed} ${date}: ${found}`);
      seeds.add(found);
    }
  }
  assert.equal(seeds.size, 3 * 1461);
});
