import assert from "node:assert/strict";
import { createRandom } from "../../../core/random.ts";
import { holdOut, splitCounts, splitEpisodes } from "../../../store/datasets/split.ts";

const USUAL = { train: 0.8, validation: 0.1, test: 0.1 };

Deno.test("splitCounts() adds up, and is within one of the exact share", () => {
  for (let episodes = 0; episodes < 300; episodes++) {
    const counts = splitCounts(episodes, USUAL);
    assert.equal(counts.reduce((sum, count) => sum + count, 0), episodes);
    if (episodes < 10) continue;
    [0.8, 0.1, 0.1].forEach((share, i) => {
      assert(Math.abs(counts[i]! - share * episodes) < 1, `${episodes}: ${counts}`);
    });
  }
});

Deno.test("splitCounts() trains on the first episode, then validates, then tests", () => {
  assert.deepEqual(splitCounts(0, USUAL), [0, 0, 0]);
  assert.deepEqual(splitCounts(1, USUAL), [1, 0, 0]);
  assert.deepEqual(splitCounts(2, USUAL), [1, 1, 0]);
  assert.deepEqual(splitCounts(3, USUAL), [1, 1, 1]);
  assert.deepEqual(splitCounts(10, USUAL), [8, 1, 1]);
  assert.deepEqual(splitCounts(10, { train: 1, validation: 0, test: 0 }), [10, 0, 0]);
});

Deno.test("holdOut() comes to exactly so many episodes", () => {
  const random = createRandom(1, "holdout", 0);
  for (let trial = 0; trial < 5000; trial++) {
    const episodes = 1 + random.integer(trial % 2 === 0 ? 40 : 1_000_000);
    const validation = random.integer(episodes), test = random.integer(episodes - validation);
    const counts = splitCounts(episodes, holdOut(episodes, { validation, test }));
    assert.deepEqual(counts, [episodes - validation - test, validation, test]);
  }
});

Deno.test("splitEpisodes() puts every episode in the test split equally often", () => {
  const hits = new Int32Array(20);
  for (let seed = 0; seed < 2000; seed++) {
    const splits = splitEpisodes(20, USUAL, createRandom(seed, "merge/split", 0));
    splits.forEach((split, episode) => hits[episode]! += split === 2 ? 1 : 0);
  }
  // 200 expected, binomial deviation 13.4: five deviations.
  for (const count of hits) assert(Math.abs(count - 200) < 67, String(hits));
});
