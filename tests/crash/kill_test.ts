import assert from "node:assert/strict";
import { runTrial, runUninterrupted, trialOf } from "./_trial.ts";

/** Every victim and every stage; `deno task bench:crash` does a hundred. */
const TRIALS = [0, 4, 8].map((index) => trialOf(1, index));

Deno.test("a run that is killed and goes on has the bytes of one that was not", async (t) => {
  const expected = await runUninterrupted();
  for (const trial of TRIALS) {
    const { victim, stage, after } = trial;
    const name = victim === "group" ? "worker, server and command" : victim;
    await t.step(`${name} killed in ${stage} after ${after} commits`, async () => {
      const { digests, kept, rewritten } = await runTrial(trial);
      assert.deepEqual(digests, expected);
      assert.ok(kept > 0);
      assert.deepEqual(rewritten, [], "commits from before the kill were written again");
    });
  }
});
