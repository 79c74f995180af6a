import assert from "node:assert/strict";
import { releaseOrphans, WORKER_DIED } from "../../infra/temporal/orphans.ts";
import { TestServer } from "../workflows/_temporal.ts";

/** `COMMAND_TYPE_SCHEDULE_ACTIVITY_TASK` of Temporal's API. */
const SCHEDULE_ACTIVITY = 1;

const QUEUE = "orphans";
const taskQueue = { name: QUEUE }, namespace = "default";

/** Starts a workflow that has begun two activities, without a worker. */
async function beginActivities({ client }: TestServer): Promise<void> {
  await client.workflow.start("any", { workflowId: "run", taskQueue: QUEUE });
  const { workflowService } = client;
  const { taskToken } = await workflowService.pollWorkflowTaskQueue({ namespace, taskQueue });
  await workflowService.respondWorkflowTaskCompleted({
    namespace,
    taskToken,
    commands: ["0", "1"].map((activityId) => ({
      commandType: SCHEDULE_ACTIVITY,
      scheduleActivityTaskCommandAttributes: {
        activityId,
        activityType: { name: "work" },
        taskQueue,
        startToCloseTimeout: { seconds: 3600 } as never, // the generated type asks for a Long
        retryPolicy: { initialInterval: { seconds: 3600 } as never }, // so too
      },
    })),
  });
}

Deno.test({
  name: "releaseOrphans() lets others have at once what dead workers had under way",
  // The SDK's native threads outlive a test; the process ends them.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    await using server = await TestServer.start();
    const { client } = server, options = { taskQueues: ["other", QUEUE] };
    await beginActivities(server);
    const take = (identity: string) =>
      client.workflowService.pollActivityTaskQueue({ namespace, taskQueue, identity });
    const lost = await take("1@here");
    const kept = await take("2@here");

    const release = () => releaseOrphans(client, { ...options, isDead: (id) => id === "1@here" });
    // The server lists a workflow some time after it has started it.
    while (await release() === 0);
    const again = await take("3@here");
    assert.equal(again.activityId, lost.activityId);
    assert.equal(again.attempt, 2);
    assert.equal(await release(), 0);

    const { raw } = await client.workflow.getHandle("run").describe();
    const failures = Object.fromEntries(
      raw.pendingActivities!.map(({ activityId, lastFailure, lastWorkerIdentity }) =>
        [activityId, [lastWorkerIdentity, lastFailure?.applicationFailureInfo?.type]] as const
      ),
    );
    assert.deepEqual(failures, {
      [again.activityId!]: ["3@here", WORKER_DIED],
      [kept.activityId!]: ["2@here", undefined],
    });
  },
});
