import assert from "node:assert/strict";
import { join } from "node:path";
import { createNightlyActivities, nightDate } from "../../activities/mod.ts";
import type { NightTask } from "../../activities/mod.ts";
import { freshSeed } from "../../pipelines/fresh_seed.ts";
import { compilePipeline, definePipeline } from "../../pipelines/mod.ts";
import { createCommit, encodeCommit } from "../../store/commit.ts";
import { CONTEXT } from "../pipelines/_context.ts";

const TASK: NightTask = {
  declaration: definePipeline({
    name: "night-data",
    seed: 5,
    stages: {
      generate: { kind: "generate", environment: "reach", episodes: 20 },
      merge: { kind: "merge", from: "generate" },
    },
  }),
  mode: "reproduce",
  nominal: "2026-11-21T01:00:00.000Z",
  timezone: "Europe/Berlin",
};

function activitiesOf(root: string) {
  return createNightlyActivities({
    root,
    build: "b".repeat(64),
    compile: (declaration) => Promise.resolve(compilePipeline(declaration, CONTEXT)),
    start: (plan, rerun) => ({
      workflowId: "id",
      taskQueue: "queue",
      input: {
        plan,
        rerun,
        build: "b".repeat(64),
        queues: { simulate: "simulate", learn: "learn" },
        window: 4,
        searchAttributes: true,
      },
    }),
    runFailureCommand: () => Promise.resolve(null),
  });
}

Deno.test("nightDate() is the date in the schedule's zone, not in UTC", () => {
  assert.equal(nightDate("2026-11-20T23:30:00.000Z", "Europe/Berlin"), "2026-11-21");
  assert.equal(nightDate("2026-11-20T17:00:00.000Z", "Asia/Tokyo"), "2026-11-21");
  assert.equal(nightDate("2026-11-21T04:00:00.000Z", "America/New_York"), "2026-11-20");
});

Deno.test("planNight() compares once every stage is stored, and computes until then", async () => {
  const root = await Deno.makeTempDir({ prefix: "sluice-night-" });
  try {
    const { planNight } = activitiesOf(root);
    const first = await planNight(TASK);
    assert.equal(first.input.rerun, false);
    const text = encodeCommit(createCommit({}, { kind: "merge" }));
    for (const { commit } of first.input.plan.stages) {
      assert.equal((await planNight(TASK)).input.rerun, false);
      await Deno.mkdir(join(root, commit), { recursive: true });
      await Deno.writeTextFile(join(root, commit, "commit.json"), text);
    }
    const second = await planNight(TASK);
    assert.equal(second.input.rerun, true);
    assert.deepEqual(second.input.plan, first.input.plan);
    assert.equal((await planNight({ ...TASK, mode: "fresh" })).input.rerun, false);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

Deno.test("planNight() draws a fresh seed from the nominal date", async () => {
  const { planNight } = activitiesOf("/nowhere");
  const task: NightTask = { ...TASK, mode: "fresh", nominal: "2026-11-20T23:30:00.000Z" };
  const { date, input } = await planNight(task);
  assert.equal(date, "2026-11-21");
  assert.equal(input.plan.seed, freshSeed(5, "2026-11-21"));
  assert.ok(input.plan.stages.every(({ seed }) => seed === input.plan.seed));
});
