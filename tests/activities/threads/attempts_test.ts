import assert from "node:assert/strict";
import { FailedAttempts } from "../../../activities/threads/attempts.ts";

const AT_ONCE = { reached: 0, seconds: 0 };

/** Failures until the last that is allowed, of attempts that come as far as told. */
function countUntilLast(reach: (attempt: number) => number, seconds = 100): number {
  const failed = new FailedAttempts();
  for (let attempt = 1; attempt <= 100; attempt++) {
    if (failed.isLast("train", { reached: reach(attempt), seconds })) return attempt;
  }
  return Infinity;
}

Deno.test("FailedAttempts ends attempts that come no further, and none that do", () => {
  assert.equal(countUntilLast(() => 0), 8);
  assert.equal(countUntilLast((attempt) => attempt % 2 === 0 ? 400 : 390), 9); // 390, then 400 eight times
  assert.equal(countUntilLast((attempt) => 10 * attempt), Infinity);
  assert.equal(countUntilLast((attempt) => 10 * attempt, 3), 8);
});

Deno.test("FailedAttempts counts each activity for itself, and anew when it has ended", () => {
  const failed = new FailedAttempts();
  for (let attempt = 1; attempt < 8; attempt++) assert.ok(!failed.isLast("a", AT_ONCE));
  assert.ok(!failed.isLast("b", AT_ONCE));
  failed.forget("a");
  assert.ok(!failed.isLast("a", AT_ONCE));
});
