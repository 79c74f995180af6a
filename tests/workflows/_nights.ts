import { Worker } from "@temporalio/worker";
import type { WorkflowHandleWithFirstExecutionRunId } from "@temporalio/client";
import { NO_MODULES } from "../../runtime/prepare/code_modules.ts";
import { createCompileContext } from "../../runtime/prepare/compile_context.ts";
import { createNightlyWorker } from "../../runtime/services/nightly_worker.ts";
import { deploymentOptions } from "../../runtime/services/worker_version.ts";
import { pipelineStart } from "../../runtime/run/pipeline_input.ts";
import { queueNames } from "../../runtime/run/run_identity.ts";
import type { Schedules } from "../../runtime/schedule/schedule_client.ts";
import { compilePipeline, definePipeline } from "../../pipelines/mod.ts";
import { runOptions } from "../../workflows/run_options.ts";
import type { NightlyInput } from "../../workflows/types.ts";
import type { FakeActivities } from "./_fake_activities.ts";
import { type TestServer, workflowBundle } from "./_temporal.ts";

/** Digests of two versions of the code. */
export const BUILD = "b".repeat(64), OLD_BUILD = "a".repeat(64);

export const TODAY = Temporal.PlainDate.from("2026-11-21");

export const DECLARATION = definePipeline({
  name: "night-data",
  seed: 42,
  stages: {
    generate: { kind: "generate", environment: "reach", policy: "random", episodes: 20 },
    merge: { kind: "merge", from: "generate" },
  },
});

/** What a schedule starts, with a pipeline of two stages. */
export function inputOf(schedule: string, options: Partial<NightlyInput> = {}): NightlyInput {
  return {
    schedule,
    declaration: DECLARATION,
    mode: "reproduce",
    daily: "02:30",
    timezone: "Europe/Berlin",
    checkInterval: "200 milliseconds",
    ...options,
  };
}

/** Runs `use` while the worker of a build's nights works. */
export async function withNights<Result>(
  server: TestServer,
  build: string,
  use: () => Promise<Result>,
): Promise<Result> {
  return await (await nightlyWorker(server, build)).runUntil(use);
}

/** Makes the worker of a build's nights. @param rolling Whether it has the build's version */
export async function nightlyWorker(
  { root, address, connection }: TestServer,
  build: string,
  { rolling = false }: { readonly rolling?: boolean } = {},
): Promise<Worker> {
  return await createNightlyWorker({
    root,
    build,
    modules: NO_MODULES,
    server: address,
    connection,
    workflowBundle: await workflowBundle(),
    dataConverter: {},
    ...(rolling ? { deployment: deploymentOptions({ root, build }) } : {}),
  });
}

/** Runs `use` while workers of a build carry out nights and pipelines. */
export async function withBuild<Result>(
  server: TestServer,
  build: string,
  { fake, use }: { readonly fake: FakeActivities; readonly use: () => Promise<Result> },
): Promise<Result> {
  const { workflows, simulate } = queueNames(server.root, build);
  const { connection } = server;
  const pipelines = await Worker.create({
    connection,
    taskQueue: workflows,
    workflowBundle: await workflowBundle(),
  });
  const activities = { ...fake.activities };
  const stages = await Worker.create({ connection, taskQueue: simulate, activities });
  return await pipelines.runUntil(() => stages.runUntil(() => withNights(server, build, use)));
}

/** The nights of a schedule, once `count` have ended. */
export async function endedNights(schedules: Schedules, name: string, count: number) {
  const nights = await until(
    async () => await schedules.nights(await schedules.describe(name)),
    (nights) => nights.filter(({ status }) => status !== "running").length >= count,
  );
  return nights.toReversed();
}

/** How often is asked before a test gives up: a minute or more. */
const MOST_TRIES = 1200;

/** Asks until an answer holds: the server does what it is told in its own time. */
export async function until<Answer>(
  ask: () => Promise<Answer>,
  holds: (answer: Answer) => boolean,
): Promise<Answer> {
  for (let tries = 0;; tries++) {
    const answer = await ask();
    if (holds(answer)) return answer;
    if (tries === MOST_TRIES) throw new Error(`Waited in vain: found ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The run that a night of `inputOf()` starts, started by someone else. */
export async function startRun(
  server: TestServer,
  build: string,
): Promise<WorkflowHandleWithFirstExecutionRunId> {
  const { root, client } = server;
  const plan = compilePipeline(DECLARATION, await createCompileContext(root, DECLARATION));
  const { workflowId, taskQueue, input } = pipelineStart({ root, plan, build, rerun: false }, true);
  return await client.workflow.start("pipeline", {
    workflowId,
    taskQueue,
    args: [input],
    ...runOptions(input),
  });
}
