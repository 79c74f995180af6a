import assert from "node:assert/strict";
import { describeComparison, describeReplay, describeStart } from "../../view/replay_page.ts";

const EQUAL = { equal: true, compared: 1422, differing: 0, first: null, largest: [] };

function differing(recorded: number, replayed: number) {
  const first = { step: 30, field: "observation/ee_pos", component: "x", recorded, replayed };
  return { equal: false, compared: 1422, differing: 3, first, largest: [first] };
}

Deno.test("describeComparison() says what was compared, and where it differs first", () => {
  assert.deepEqual(describeComparison(EQUAL, 20), {
    verdict: "bit-equal",
    detail: "all 1,422 simulated numbers match the recording bit for bit",
  });
  assert.deepEqual(describeComparison(differing(Math.fround(0.1), Math.fround(0.3)), 20), {
    verdict: "differs",
    detail:
      "first difference after 30 steps (1.50 s), in observation/ee_pos x: recorded 0.100000001, " +
      "replayed 0.300000012; 3 of 1,422 numbers differ",
  });
});

Deno.test("describeComparison() gives as many digits as tell two numbers apart", () => {
  const { detail } = describeComparison(differing(0.1, 0.1 + 2 ** -56), 20);
  assert.match(detail, /recorded 0\.1, replayed 0\.10000000000000002;/);
});

Deno.test("describeStart() names seed, candidate and stream where they are known", () => {
  assert.equal(describeStart(null), "the recorded initial state");
  assert.equal(
    describeStart({ seed: 42, stream: "generate", candidate: 1200 }),
    "the recorded initial state (candidate 1,200 of stream generate, seed 42)",
  );
});

Deno.test("describeReplay() tells a replay from the start and one step by step apart", () => {
  const schema = {
    controlHz: 250,
    step: [{
      name: "observation/ee_pos",
      dtype: "float32",
      shape: [3],
      description: "",
      unit: "m",
    }],
  } as const;
  const exact = describeReplay({ isExact: true, origin: null, comparison: EQUAL }, schema);
  assert.equal(exact.word, "bit-equal");
  assert.match(exact.manner, /^Replayed the recorded actions from the recorded initial state$/);
  const comparison = differing(0.5, 0.75);
  const { word, detail } = describeReplay({ isExact: false, origin: null, comparison }, schema);
  assert.equal(word, "approximate");
  assert.equal(detail, "a step of 4 ms is off by at most 0.2500 m in ee_pos x");
});
