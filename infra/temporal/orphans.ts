import type { Client, WorkflowExecutionInfo } from "@temporalio/client";

/** Type of the failure of an activity whose worker died. */
export const WORKER_DIED = "WorkerDied";

/** `PENDING_ACTIVITY_STATE_STARTED` of Temporal's API. */
const STARTED = 2;

/** Retried at once: waiting cures nothing here. */
const FAILURE = {
  message: "The worker died",
  source: "Sluice",
  applicationFailureInfo: { type: WORKER_DIED, nextRetryDelay: { nanos: 1_000_000 } },
};

export interface OrphanOptions {
  /** Task queues of the workflows whose activities are meant. */
  readonly taskQueues: readonly string[];
  /** Whether the worker of an identity has died. */
  readonly isDead: (identity: string) => boolean;
}

/**
 * Takes over the tasks of dead workers, so that others get them at once. The server itself notices
 * that a worker is dead only where an activity misses its heartbeats and, workflow by workflow,
 * where nobody fetches a task from the queue of the worker that has the workflow in its cache.
 *
 * @returns How many activities were under way on dead workers
 */
export async function releaseOrphans(client: Client, options: OrphanOptions): Promise<number> {
  const queues = options.taskQueues.map((name) => `"${name}"`).join(", ");
  const query = `ExecutionStatus = "Running" AND TaskQueue IN (${queues})`;
  const released: Promise<number>[] = [];
  for await (const workflow of client.workflow.list({ query })) {
    released.push(releaseActivities(client, workflow, options));
  }
  return (await Promise.all(released)).reduce((sum, count) => sum + count, 0);
}

async function releaseActivities(
  client: Client,
  { workflowId, runId }: WorkflowExecutionInfo,
  { isDead }: OrphanOptions,
): Promise<number> {
  const { namespace } = client.options, { workflowService } = client;
  const { raw } = await client.workflow.getHandle(workflowId, runId).describe();
  const orphans = (raw.pendingActivities ?? []).filter(({ state, lastWorkerIdentity }) =>
    state === STARTED && isDead(lastWorkerIdentity ?? "")
  );
  await workflowService.resetStickyTaskQueue({ namespace, execution: { workflowId, runId } });
  await Promise.all(orphans.map(({ activityId }) =>
    workflowService.respondActivityTaskFailedById({
      namespace,
      workflowId,
      runId,
      activityId: activityId!, // the server names each
      failure: FAILURE,
    })
  ));
  return orphans.length;
}
