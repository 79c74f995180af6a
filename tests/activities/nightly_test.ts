import assert from "node:assert/strict";
import { join } from "node:path";
import { MockActivityEnvironment } from "@temporalio/testing";
import { createNightlyActivities } from "../../activities/mod.ts";
import type { NightTask } from "../../activities/mod.ts";
import { InvalidInputError } from "../../core/errors.ts";
import { createRandom } from "../../core/random.ts";
import { freshSeed } from "../../pipelines/fresh_seed.ts";
import { compilePipeline, definePipeline } from "../../pipelines/mod.ts";
import { createCommit } from "../../store/files/commit.ts";
import { commitText } from "../../store/files/commit_text.ts";
import { CONTEXT } from "../pipelines/_context.ts";
import { mutate } from "./_mutations.ts";

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

Deno.test("planNight() draws the seed from the date on which a night was due by name", async () => {
  const root = await Deno.makeTempDir({ prefix: "sluice-night-" });
  try {
    // 00:30 of the 29th in Nuuk, where the clock goes from 23:00 of the 28th to midnight.
    const nominal = "2026-03-29T01:30:00.000Z", timezone = "America/Nuuk";
    const night: NightTask = { ...TASK, mode: "fresh", nominal, timezone };
    const { planNight } = activitiesOf(root);
    const named = await planNight({ ...night, daily: "23:30" });
    assert.equal(named.date, "2026-03-28");
    assert.equal(named.input.plan.seed, freshSeed(5, "2026-03-28"));
    assert.equal((await planNight({ ...night, daily: "00:30" })).date, "2026-03-29");
    assert.equal((await planNight(night)).date, "2026-03-29"); // asked for by older code
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

Deno.test("planNight() compares once every stage is stored, and computes until then", async () => {
  const root = await Deno.makeTempDir({ prefix: "sluice-night-" });
  try {
    const { planNight } = activitiesOf(root);
    const first = await planNight(TASK);
    assert.equal(first.input.rerun, false);
    const text = commitText(createCommit(new Map(), { kind: "merge" }));
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

Deno.test("createNightlyActivities() refuses what is no task of a night, by name and before any work", async () => {
  const activities = activitiesOf("/nowhere");
  const plan: NightTask = { ...TASK, daily: "01:00" };
  const command = {
    schedule: "nights",
    pipeline: "night-data",
    date: "2026-11-21",
    error: { name: "Error", message: "Cannot go on" },
    directory: "runs/night-data/0007",
  };
  assert.equal(await activities.runFailureCommand(command), null);
  const later = { ...plan, more: "of later code" };
  assert.equal((await activities.planNight(later)).date, "2026-11-21");
  const places = ["../x", "/etc", "runs/night-data/0007/..", "runs/../x/0001", ""];
  const hostile: readonly [keyof typeof activities, unknown][] = [
    ...[null, {}, [], "x"].flatMap((task) =>
      (["planNight", "takeOver", "runFailureCommand"] as const).map((name) =>
        [name, task] as [typeof name, unknown]
      )
    ),
    ["planNight", { ...plan, nominal: "yesterday" }],
    ["planNight", { ...plan, timezone: "Mars/Olympus" }],
    ["planNight", { ...plan, daily: "25:00" }],
    ["planNight", { ...plan, mode: "other" }],
    ["planNight", { ...plan, declaration: null }],
    ["planNight", { ...plan, declaration: { name: "../x", stages: {} } }],
    ["planNight", { ...plan, declaration: { name: "x", stages: null } }],
    ["planNight", { ...plan, declaration: { name: "x", stages: { a: null } } }],
    ["takeOver", { workflowId: 3 }],
    ["takeOver", { workflowId: "a\nb" }],
    ["runFailureCommand", { ...command, schedule: "../nights" }],
    ["runFailureCommand", { ...command, date: "today" }],
    ["runFailureCommand", { ...command, error: "x" }],
    ...places.map((directory) =>
      ["runFailureCommand", { ...command, directory }] as ["runFailureCommand", unknown]
    ),
  ];
  for (const [name, task] of hostile) {
    const activity = activities[name] as (task: unknown) => Promise<unknown>; // as the network does
    await assert.rejects(activity(task), (error) => {
      assert(error instanceof InvalidInputError, `${name} ${JSON.stringify(task)}: ${error}`);
      assert.match(error.message, /^Cannot execute the task of [a-zA-Z]+: /);
      return true;
    });
  }
});

Deno.test("activities of nights meet mutated tasks with a named error or do their work", async () => {
  const { planNight, runFailureCommand } = activitiesOf("/nowhere");
  const failure = {
    schedule: "nights",
    pipeline: "night-data",
    date: "2026-11-21",
    error: { name: "Error", message: "Cannot go on" },
    directory: "runs/night-data/0007",
  };
  const fed: readonly [(task: never) => Promise<unknown>, unknown][] = [
    [planNight, TASK],
    [runFailureCommand, failure],
  ];
  let rejected = 0;
  for (let index = 0; index < 60; index++) {
    const random = createRandom(11, "hostile-night", index);
    const [activity, task] = fed[index % fed.length]!;
    try {
      await activity(mutate(task, random) as never); // as it comes over the network
    } catch (error) {
      assert(error instanceof InvalidInputError, `${index}: ${error}`);
      rejected++;
    }
  }
  assert.ok(rejected > 20, `${rejected} of 60 were rejected`);
});

Deno.test("takeOver() ends no workflow that is not a run of a pipeline", async () => {
  const ended: string[] = [];
  const client = (type: string) => ({
    options: { namespace: "default" },
    withAbortSignal: (_: AbortSignal, work: () => Promise<unknown>) => work(),
    workflowService: { describeTaskQueue: () => Promise.resolve({ pollers: [] }) },
    workflow: {
      getHandle: () => ({
        describe: () =>
          Promise.resolve({ type, status: { name: "RUNNING" }, taskQueue: "q", runId: "r" }),
        terminate: () => Promise.resolve(ended.push(type)),
      }),
    },
  });
  const { takeOver } = activitiesOf("/nowhere");
  for (const type of ["payroll", "pipeline"]) {
    // All of a client that the activity asks for.
    const environment = new MockActivityEnvironment({}, { client: client(type) as never });
    assert.equal(await environment.run(takeOver, { workflowId: "id" }), type === "pipeline");
  }
  assert.deepEqual(ended, ["pipeline"]);
});
