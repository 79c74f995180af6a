import type { Client } from "@temporalio/client";
import type { WorkerDeploymentOptions } from "@temporalio/worker";
import { nightlyQueue, queueNames } from "../run/run_identity.ts";
import { wait } from "./wait.ts";

/**
 * Versions of the workers of a data directory, by Temporal's worker deployments. Queues of runs are
 * named by build, so a run always continues with the code that started it. Nights share one queue,
 * and the current version of the deployment says which build begins them.
 */

/** Interval between two checks (ms). */
const INTERVAL_MS = 15_000;

/** Interval between two attempts to become current, before the server has seen the worker (ms). */
const RETRY_MS = 500;

export interface WorkerVersionSetup {
  /** Absolute path of the data root. */
  readonly root: string;
  readonly build: string;
}

/** Returns the options of the worker that begins nights: open nights move to the current version. */
export function deploymentOptions({ root, build }: WorkerVersionSetup): WorkerDeploymentOptions {
  return {
    version: { deploymentName: nightlyQueue(root), buildId: build },
    useWorkerVersioning: true,
    defaultVersioningBehavior: "AUTO_UPGRADE",
  };
}

/**
 * Makes the build of this worker the current one, then waits until another has taken its place and
 * its own runs have ended.
 *
 * @param signal Aborts where the worker ends for another reason
 * @param interval Interval between two checks (ms)
 */
export async function untilReplaced(
  client: Client,
  setup: WorkerVersionSetup,
  signal: AbortSignal,
  interval = INTERVAL_MS,
): Promise<void> {
  await becomeCurrent(client, setup, signal);
  while (!signal.aborted) {
    await wait(interval, signal);
    if (signal.aborted || await isReplaced(client, setup).catch(() => false)) return;
  }
}

async function becomeCurrent(
  { workflowService, options: { namespace } }: Client,
  { root, build }: WorkerVersionSetup,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await workflowService.setWorkerDeploymentCurrentVersion({
        namespace,
        deploymentName: nightlyQueue(root),
        buildId: build,
        identity: "sluice",
        ignoreMissingTaskQueues: true,
      });
      return;
    } catch {
      await wait(RETRY_MS, signal); // the server has not seen this worker, or is away
    }
  }
}

/** Whether another build is current and no run of this one is open. */
async function isReplaced(client: Client, { root, build }: WorkerVersionSetup): Promise<boolean> {
  const { workerDeploymentInfo } = await client.workflowService.describeWorkerDeployment({
    namespace: client.options.namespace,
    deploymentName: nightlyQueue(root),
  });
  const current = workerDeploymentInfo?.routingConfig?.currentDeploymentVersion?.buildId;
  if (!current || current === build) return false;
  const queue = queueNames(root, build).workflows;
  const { count } = await client.workflow.count(
    `ExecutionStatus = "Running" AND TaskQueue = "${queue}"`,
  );
  return count === 0;
}
