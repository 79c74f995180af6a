import type { Client } from "@temporalio/client";

/** What a task queue holds: `TASK_QUEUE_TYPE_WORKFLOW` and `TASK_QUEUE_TYPE_ACTIVITY` of Temporal's API. */
const TYPES = { workflow: 1, activity: 2 } as const;

/** Whether a worker asked a task queue for tasks in the last minutes. */
export async function isServed(
  { workflowService, options }: Client,
  queue: string,
  tasks: keyof typeof TYPES,
): Promise<boolean> {
  const { pollers } = await workflowService.describeTaskQueue({
    namespace: options.namespace,
    taskQueue: { name: queue },
    taskQueueType: TYPES[tasks],
  });
  return pollers.length > 0;
}
