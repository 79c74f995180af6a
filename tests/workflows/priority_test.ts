import assert from "node:assert/strict";
import { Worker } from "@temporalio/worker";
import { queueNames } from "../../runtime/run/run_identity.ts";
import { Schedules } from "../../runtime/schedule/schedule_client.ts";
import { FakeActivities } from "./_fake_activities.ts";
import { BUILD, inputOf, startRun, TODAY, until, withNights } from "./_nights.ts";
import { TestServer, workflowBundle } from "./_temporal.ts";

/** `TASK_QUEUE_TYPE_ACTIVITY` of Temporal's API. */
const ACTIVITIES = 2;

Deno.test({
  name: "a person's run overtakes the tasks of a night that wait in the same queue",
  // The SDK's native threads outlive a test; the process ends them.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    await using server = await TestServer.start();
    const { root, client, connection } = server;
    const { workflows, simulate } = queueNames(root, BUILD);
    const begun = Promise.withResolvers<void>(), released = Promise.withResolvers<void>();
    const order: string[] = [];
    const fake = new FakeActivities({
      async before(name, { directory }) {
        order.push(`${name} ${directory}`);
        if (name !== "generate") return;
        begun.resolve();
        await released.promise;
      },
    });
    const opened = fake.activities.openRun;
    const activities = {
      ...fake.activities,
      openRun: (task: Parameters<typeof opened>[0]) => {
        order.push(`openRun ${task.plan.name}`);
        return opened(task);
      },
    };
    const pipelines = await Worker.create({
      connection,
      taskQueue: workflows,
      workflowBundle: await workflowBundle(),
    });
    const stages = await Worker.create({
      connection,
      taskQueue: simulate,
      activities,
      maxConcurrentActivityTaskExecutions: 1,
    });
    const schedules = new Schedules(root, server.address, client);
    const daily = inputOf("long");
    const declaration = { ...daily.declaration, name: "night-long", seed: 43 };
    const stage = { kind: "generate", environment: "reach", policy: "random", episodes: 200 };
    const long = {
      ...daily,
      declaration: {
        ...declaration,
        stages: { ...declaration.stages, generate: { ...stage, shard: 10 } },
      },
    };
    await schedules.create(long as typeof daily, TODAY); // the compiler checks it
    /** Number of tasks of a priority that wait. */
    const waiting = async (priority: number) => {
      const { statsByPriorityKey } = await client.workflowService.describeTaskQueue({
        namespace: "default",
        taskQueue: { name: simulate },
        taskQueueType: ACTIVITIES,
        reportStats: true,
      });
      return Number(statsByPriorityKey?.[priority]?.approximateBacklogCount ?? 0);
    };
    const run = () =>
      withNights(server, BUILD, async () => {
        await schedules.trigger("long");
        await begun.promise; // its first shard holds the only slot, and 15 more come to wait
        await until(() => waiting(5), (tasks) => tasks >= 15);
        const person = await startRun(server, BUILD);
        await until(() => waiting(3), (tasks) => tasks > 0);
        released.resolve();
        await person.result();
      });
    await pipelines.runUntil(() => stages.runUntil(run));
    // Behind the 15 shards that had waited longer, it would be the 18th. Many of them may be with the
    // queue's reader already.
    const place = order.indexOf("openRun night-data");
    assert.ok(place > 0 && place < 16, order.slice(0, 18).join("\n"));
  },
});
