import type { Client } from "@temporalio/client";

/** What a task queue holds: `TASK_QUEUE_TYPE_WORKFLOW` and `TASK_QUEUE_TYPE_ACTIVITY` of Temporal's API. */
const TYPES = { workflow: 1, activity: 2 } as const;

/** Kind of the tasks in a queue. */
export type QueuedTasks = keyof typeof TYPES;

/**
 * Describes a task queue: who asks it for tasks.
 *
 * @param reportStats Whether it is to say how many tasks wait too
 */
export async function describeQueue(
  { workflowService, options }: Pick<Client, "workflowService" | "options">,
  queue: string,
  tasks: QueuedTasks,
  { reportStats = false }: { readonly reportStats?: boolean } = {},
) {
  return await workflowService.describeTaskQueue({
    namespace: options.namespace,
    taskQueue: { name: queue },
    taskQueueType: TYPES[tasks],
    ...(reportStats ? { reportStats } : {}),
  });
}

/** Whether a worker asked a task queue for tasks in the last minutes. */
export async function isServed(
  client: Client,
  queue: string,
  tasks: QueuedTasks,
): Promise<boolean> {
  const { pollers } = await describeQueue(client, queue, tasks);
  return pollers.length > 0;
}
