import assert from "node:assert/strict";
import {
  CAMERA_JOB,
  PUSH_T_JOB,
  runTrial,
  runUninterrupted,
  type Trial,
  trialOf,
} from "./_trial.ts";

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

Deno.test("Push-T killed in generate has the same bytes and videos on both engines", async () => {
  const expected = await runUninterrupted(PUSH_T_JOB);
  const videos = Object.keys(expected).filter((name) => name.endsWith(".mp4"));
  assert.deepEqual(
    videos,
    ["merge_chipmunk", "merge_rapier2d"].flatMap((stage) =>
      ["sample_000.mp4", "sample_001.mp4", "samples_000-001.mp4"].map((name) => `${stage}/${name}`)
    ),
  );
  const trial: Trial = { victim: "group", stage: "generate_rapier2d", after: 2 };
  const { digests, kept, rewritten } = await runTrial(trial, PUSH_T_JOB);
  assert.deepEqual(digests, expected);
  assert.ok(kept > 0);
  assert.deepEqual(rewritten, [], "commits from before the kill were written again");
});

Deno.test("a run that is killed while it records pictures has the same bytes", async () => {
  const expected = await runUninterrupted(CAMERA_JOB);
  const trial: Trial = { victim: "worker", stage: "generate", after: 3 };
  const { digests, kept, rewritten } = await runTrial(trial, CAMERA_JOB);
  assert.deepEqual(digests, expected);
  assert.ok(kept > 0);
  assert.deepEqual(rewritten, [], "commits from before the kill were written again");
});
