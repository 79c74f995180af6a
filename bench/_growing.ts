/** Measures what a run costs that needs a few shards more than there are. */
import * as fs from "node:fs";
import { join } from "node:path";
import { Worker } from "@temporalio/worker";
import { createActivities, ThreadPool } from "../activities/mod.ts";
import { createCompileContext } from "../runtime/prepare/compile_context.ts";
import { compilePipeline, definePipeline } from "../pipelines/mod.ts";
import { packedPath } from "../store/files/packed.ts";
import { shardDirectory } from "../store/mod.ts";
import { TestServer, workflowBundle } from "../tests/workflows/_temporal.ts";
import { pipeline } from "../workflows/mod.ts";
import type { Figure } from "./_figures.ts";

/** Shards that are stored, and that are new. */
const STORED = 31_250, NEW = 32;

/** Most activities beyond those of the new shards. */
const ACTIVITIES_BAR = 60;

/** Most seconds from the start of the run to the first new shard. */
const SECONDS_BAR = 5;

const BUILD = "b".repeat(64);

/** What growing costs. */
export interface Growing {
  /** Activities other than those of the new shards. */
  readonly activities: number;
  /** Seconds from the start of the run to the first new shard. */
  readonly seconds: number;
}

export async function measureGrowing(): Promise<readonly Figure[]> {
  const { activities, seconds } = await grow(STORED, NEW);
  const name = `${STORED} stored shards of a chain and ${NEW} new ones`;
  return [
    {
      id: "window.growing-activities",
      name: `${name}: activities beyond the new ones`,
      unit: "activities",
      value: activities,
      bar: { of: "value", most: ACTIVITIES_BAR },
    },
    {
      id: "window.growing-seconds",
      name: `${name}: until the first new shard`,
      unit: "s",
      value: seconds,
      bar: { of: "value", most: SECONDS_BAR },
    },
  ];
}

/** A chain of the cheapest shards. */
function chainOf(shards: number) {
  return definePipeline({
    name: "growing",
    stages: {
      generate: {
        kind: "generate",
        environment: "push-t",
        episodes: shards,
        shard: 1,
        maxSteps: 1,
      },
      validate: { kind: "validate", from: "generate" },
      filter: { kind: "filter", from: "validate" },
    },
  });
}

/** Runs a chain of one shard, copies what it stored, and runs a chain of some more than there are. */
export async function grow(stored: number, added: number): Promise<Growing> {
  await using server = await TestServer.start();
  await using root = await WorkerRoot.open(server);
  await root.run(chainOf(1));
  root.copyShards(stored);
  const id = await root.run(chainOf(stored + added));
  const scheduled: string[] = [];
  let started = Infinity, first = Infinity;
  for await (const { workflowId, runId } of server.client.workflow.list()) {
    if (!workflowId.startsWith(id)) continue;
    const { events } = await server.client.workflow.getHandle(workflowId, runId).fetchHistory();
    for (const { activityTaskScheduledEventAttributes: task, eventTime } of events ?? []) {
      const time = Number(eventTime?.seconds ?? 0) + Number(eventTime?.nanos ?? 0) / 1e9;
      started = Math.min(started, time);
      const name = task?.activityType?.name;
      if (typeof name !== "string") continue;
      scheduled.push(name);
      if (name === "generate") first = Math.min(first, time);
    }
  }
  const members = 3;
  return { activities: scheduled.length - members * added, seconds: first - started };
}

/** A data root with a worker in this process. */
class WorkerRoot implements AsyncDisposable {
  readonly #server: TestServer;
  readonly #root: string;
  readonly #pool: ThreadPool;

  private constructor(server: TestServer, root: string) {
    this.#server = server;
    this.#root = root;
    this.#pool = new ThreadPool({ root, modules: [], size: navigator.hardwareConcurrency });
  }

  static async open(server: TestServer): Promise<WorkerRoot> {
    return new WorkerRoot(server, await Deno.makeTempDir({ prefix: "sluice-growing-" }));
  }

  /** Runs a pipeline. @returns The id of its workflow */
  async run(declaration: ReturnType<typeof chainOf>): Promise<string> {
    const root = this.#root, pool = this.#pool, { client, connection } = this.#server;
    const context = await createCompileContext(root, declaration);
    const activities = createActivities({ root, build: BUILD, pool, context });
    const queue = crypto.randomUUID();
    const worker = await Worker.create({
      connection,
      taskQueue: queue,
      activities: { ...activities },
      workflowBundle: await workflowBundle(),
    });
    const workflowId = `growing-${queue}`;
    const input = {
      plan: compilePipeline(declaration, context),
      build: BUILD,
      queues: { simulate: queue, learn: queue },
      window: 16,
      rerun: false,
      searchAttributes: true,
    };
    await worker.runUntil(() =>
      client.workflow.execute(pipeline, { taskQueue: queue, workflowId, args: [input] })
    );
    return workflowId;
  }

  /** Gives every stage shards 1 … count − 1, whose files are links to that of shard 0. */
  copyShards(count: number): void {
    const stages = join(this.#root, "stages");
    for (const stage of fs.readdirSync(stages)) {
      const fileOf = (shard: number) => packedPath(shardDirectory(join(stages, stage), shard));
      for (let shard = 1; shard < count; shard++) fs.linkSync(fileOf(0), fileOf(shard));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.close();
    await Deno.remove(this.#root, { recursive: true });
  }
}
