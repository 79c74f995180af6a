import assert from "node:assert/strict";
import { describeVerdicts } from "../../pipelines/verdicts.ts";
import { resultOf } from "../cli/_progress.ts";

function evaluation(counts: Record<string, number>, kind: string = "evaluate") {
  const { stage: _stage, ...result } = resultOf(kind, { counts });
  return result;
}

Deno.test("describeVerdicts() names every evaluation, the principal one first", () => {
  const clean = evaluation({ episodes: 100, successes: 91 });
  const principal = evaluation({ episodes: 100, successes: 98 });
  assert.deepEqual(describeVerdicts({ evaluate: principal }), [
    "98 of 100 unseen episodes succeeded.",
  ]);
  assert.deepEqual(describeVerdicts({ evaluate_clean: clean, evaluate: principal }), [
    "evaluate: 98 of 100 unseen episodes succeeded.",
    "evaluate_clean: 91 of 100 unseen episodes succeeded.",
  ]);
  assert.deepEqual(describeVerdicts({}), []);
});

Deno.test("describeVerdicts() tells of the conditions with noise and with pushes, and of scores", () => {
  const counts = { episodes: 20, successes: 19, noisy_episodes: 20, noisy_successes: 17 };
  const tested = evaluation({ ...counts, pushed_episodes: 20, pushed_successes: 5 });
  const score = evaluation({ episodes: 7 }, "score");
  assert.deepEqual(describeVerdicts({ test: tested, score }), [
    "test: 19 of 20 unseen episodes succeeded, 17 of 20 under action noise, 5 of 20 when pushed.",
    "score: 7 unseen episodes were predicted.",
  ]);
});
