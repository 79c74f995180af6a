import { type Client, WorkflowNotFoundError } from "@temporalio/client";
import { isServed } from "../../activities/task_queue.ts";
import { CodeChangedError } from "../../core/errors.ts";
import type { RunMemo } from "../../workflows/run_options.ts";
import { closeCancelledRun } from "./close_cancelled_run.ts";
import type { RunRequest } from "./pipeline_input.ts";
import { nameOf, workflowIdsOf } from "./run_identity.ts";
import { findOpenedRun } from "./runs_under_way.ts";

/**
 * Ends the runs of equal work that earlier versions started under another id of the data directory
 * and left open, so that a new one continues from what they committed.
 *
 * @throws {CodeChangedError} If a worker of that version still works on one
 */
export async function takeOverEarlierRuns(
  client: Client,
  { root, plan, rerun }: RunRequest,
  onNote: (text: string) => void,
): Promise<void> {
  const [, ...earlier] = workflowIdsOf(plan, root, rerun);
  for (const workflowId of earlier) {
    // Another machine may have had a directory under the same path: it is known here by its run.
    const place = await findOpenedRun(root, { pipeline: plan.name, workflowId });
    if (place === null) continue;
    const found = await describe(client, workflowId);
    if (found === null) continue;
    const name = nameOf({ place, workflowId });
    if (await isServed(client, found.taskQueue, "workflow")) {
      throw new CodeChangedError({
        action: "start",
        place: plan.name,
        expected: "no worker of an earlier version of Sluice",
        found: `one that works on ${name}`,
        remedy: 'wait for its end, or stop it by "deno task down"; committed work is reused',
      });
    }
    await client.workflow.getHandle(workflowId, found.runId).terminate(
      "Started by an earlier version, which no worker runs any more",
    );
    const { build }: RunMemo = found.memo ?? {};
    const run = { workflowId, pipeline: plan.name, build: build ?? null, place };
    await closeCancelledRun({ root }, { ...run, started: found.startTime });
    onNote(`Continuing from ${name}, which an earlier version left open`);
  }
}

/** Describes a running workflow, null if there is none of the id. */
async function describe(client: Client, workflowId: string) {
  try {
    const found = await client.workflow.getHandle(workflowId).describe();
    return found.status.name === "RUNNING" ? found : null;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}
