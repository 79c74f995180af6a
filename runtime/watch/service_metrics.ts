import type { Client } from "@temporalio/client";
import { describeQueue } from "../../activities/task_queue.ts";
import { rootNames } from "../data/root_identity.ts";
import { nightlyQueues } from "../run/run_identity.ts";
import type { Metrics } from "./metrics.ts";

/** Task queue to be watched. */
export interface WatchedQueue {
  /** Name for people: simulate, learn, program or workflows. */
  readonly label: string;
  /** Name at the server. */
  readonly name: string;
}

/** Time that the server may take to answer (ms). */
const DEADLINE_MS = 5000;

/** Nights that are read to find the last one of each schedule. */
const NIGHTS = 200;

export interface ServiceMetricsSetup {
  readonly client: Client;
  /** Absolute path of the data root. */
  readonly root: string;
  readonly queues: readonly WatchedQueue[];
}

/** Asks the server what only it knows: how many tasks wait, and when a night last succeeded. */
export async function sampleServices(metrics: Metrics, setup: ServiceMetricsSetup): Promise<void> {
  const { client } = setup;
  await client.withDeadline(Date.now() + DEADLINE_MS, async () => {
    await Promise.all([
      ...setup.queues.map(async (queue) => {
        const tasks = await backlogOf(client, queue);
        metrics.set("sluice_backlog_tasks", tasks, { queue: queue.label });
      }),
      sampleNights(metrics, setup),
    ]);
  });
}

async function backlogOf(client: Client, { label, name }: WatchedQueue): Promise<number> {
  const tasks = label === "workflows" ? "workflow" : "activity";
  const { stats } = await describeQueue(client, name, tasks, { reportStats: true });
  return Number(stats?.approximateBacklogCount ?? 0);
}

async function sampleNights(
  metrics: Metrics,
  { client, root }: ServiceMetricsSetup,
): Promise<void> {
  const queues = nightlyQueues(root).map((name) => `"${name}"`).join(", ");
  const query = `WorkflowType = "nightly" AND TaskQueue IN (${queues}) ` +
    'AND ExecutionStatus = "Completed"';
  const last = new Map<string, number>(), names = rootNames(root);
  let seen = 0;
  for await (const { workflowId, closeTime } of client.workflow.list({ query })) {
    if (++seen > NIGHTS) break;
    const schedule = scheduleOf(workflowId, names);
    if (schedule === null || closeTime === undefined) continue;
    const seconds = closeTime.getTime() / 1000;
    last.set(schedule, Math.max(last.get(schedule) ?? 0, seconds));
  }
  for (const [schedule, seconds] of last) {
    metrics.set("sluice_last_successful_night_timestamp_seconds", seconds, { schedule });
  }
}

/** The schedule of a night's workflow, `<schedule>-<data root>-night-<time>`; null for others. */
function scheduleOf(workflowId: string, names: readonly string[]): string | null {
  for (const name of names) {
    const end = workflowId.indexOf(`-${name}-night`);
    if (end > 0) return workflowId.slice(0, end);
  }
  return null;
}
