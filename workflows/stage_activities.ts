import type { ActivityOptions, RetryPolicy } from "@temporalio/common";
import { proxyActivities } from "@temporalio/workflow";
import type { Activities, ShardActivities, WholeActivities } from "../activities/types.ts";
import { PERMANENT_ERRORS } from "../core/errors.ts";
import type { StageWork } from "../pipelines/plan.ts";
import type { Queues } from "./types.ts";

/** Five missed heartbeats, after which a worker counts as dead: work is back soon after a restart. */
const HEARTBEAT_TIMEOUT = "5 seconds";

const RETRY: RetryPolicy = {
  initialInterval: "200 milliseconds",
  maximumInterval: "15 seconds",
  backoffCoefficient: 2,
  nonRetryableErrorTypes: [...PERMANENT_ERRORS],
};

/** Maximum attempts at an unknown failure: a fault of the machine passes, a bug stays. */
const MAXIMUM_ATTEMPTS = 20;

/** Activities that hand work to a thread and heartbeat, of the kind of a stage among them. */
export function threadActivities(queues: Queues, { resource, retries }: Omit<StageWork, "shape">) {
  const options: ActivityOptions = {
    taskQueue: queues[resource] ?? queues.learn,
    startToCloseTimeout: "30 days",
    heartbeatTimeout: HEARTBEAT_TIMEOUT,
    cancellationType: "WAIT_CANCELLATION_COMPLETED",
    retry: {
      ...RETRY,
      ...(retries === "unbounded" ? {} : { maximumAttempts: MAXIMUM_ATTEMPTS }),
    },
  };
  return {
    named: proxyActivities<Activities>(options),
    shards: proxyActivities<ShardActivities>(options),
    stages: proxyActivities<WholeActivities>(options),
  };
}

/** Activities that only look or write a small file. */
export function briefActivities(
  queues: Queues,
  resource: StageWork["resource"] = "simulate",
): Pick<Activities, "openRun" | "findStage" | "countSlots"> {
  return proxyActivities<Activities>({
    taskQueue: queues[resource] ?? queues.learn,
    startToCloseTimeout: "5 minutes",
    retry: { ...RETRY, maximumAttempts: MAXIMUM_ATTEMPTS },
  });
}
