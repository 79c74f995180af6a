import assert from "node:assert/strict";
import type { PipelineDeclaration } from "../../pipelines/mod.ts";
import { buildShim } from "../infra/_shim.ts";
import { CAMERA_JOB, PUSH_T_JOB, REACH_JOB } from "./_jobs.ts";
import { runTrials, runUninterrupted, type Trial, trialOf } from "./_trial.ts";

/** Every victim and every stage; `deno task bench:crash` does a hundred, each in a run of its own. */
const TRIALS = [0, 1, 2].map((index) => trialOf(1, index));

/** Digests of jobs that were not killed: several tests kill the same one. */
const uninterrupted = new Map<PipelineDeclaration, Readonly<Record<string, string>>>();

/** Runs a job and kills it. */
async function requireSameBytes(job: PipelineDeclaration, trials: readonly Trial[]) {
  const expected = uninterrupted.get(job) ?? await runUninterrupted(job);
  uninterrupted.set(job, expected);
  const killed = await runTrials(trials, job), { digests, kills } = killed;
  assert.deepEqual(digests, expected);
  kills.forEach(({ kept, rewritten }, index) => {
    const { victim, stage, after } = trials[index]!;
    const kill = `${victim} killed in ${stage} after ${after} commits`;
    assert.ok(kept > 0, kill);
    assert.deepEqual(rewritten, [], `${kill}: commits from before it were written again`);
  });
  return killed;
}

Deno.test("a run whose worker, server and all are killed in turn has the bytes of one that was not", async () => {
  await requireSameBytes(REACH_JOB, TRIALS);
});

const shim = await buildShim();

Deno.test({
  name: "a run on a machine that sleeps, whose clock steps and whose disk fails has the same bytes",
  ignore: shim === null,
  fn: async () => {
    await requireSameBytes(REACH_JOB, [
      { victim: "suspend", stage: "generate", after: 3 },
      { victim: "EIO", stage: "train", after: 2 },
      { victim: "clock", stage: "evaluate", after: 4 },
    ]);
  },
});

Deno.test("Push-T killed in generate has the same bytes and videos on both engines", async () => {
  const trial: Trial = { victim: "group", stage: "generate_rapier2d", after: 2 };
  const { digests } = await requireSameBytes(PUSH_T_JOB, [trial]);
  const videos = Object.keys(digests).filter((name) => name.endsWith(".mp4"));
  assert.deepEqual(
    videos,
    ["merge_chipmunk", "merge_rapier2d"].flatMap((stage) =>
      ["sample_000.mp4", "sample_001.mp4", "samples_000-001.mp4"].map((name) => `${stage}/${name}`)
    ),
  );
});

Deno.test("a run that is killed while it records pictures has the same bytes", async () => {
  const trial: Trial = { victim: "worker", stage: "generate", after: 3 };
  const { released } = await requireSameBytes(CAMERA_JOB, [trial]);
  assert.ok(released > 0, "what the worker had under way waited for missing heartbeats");
});
