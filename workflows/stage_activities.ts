import { type ActivityInterfaceFor, proxyActivities } from "@temporalio/workflow";
import type { RetryPolicy } from "@temporalio/common";
import type { Activities } from "../activities/types.ts";
import { PERMANENT_ERRORS } from "../core/errors.ts";
import type { Queues } from "./types.ts";

/** Five missed heartbeats, after which a worker counts as dead: work is back soon after a restart. */
const HEARTBEAT_TIMEOUT = "5 seconds";

const RETRY: RetryPolicy = {
  initialInterval: "200 milliseconds",
  maximumInterval: "15 seconds",
  backoffCoefficient: 2,
  nonRetryableErrorTypes: [...PERMANENT_ERRORS],
};

/** A failure that is none of ours is tried this often: a fault of the machine passes, a bug stays. */
const MAXIMUM_ATTEMPTS = 20;

/** Activities that hand work to a thread and heartbeat. */
export function threadActivities(queues: Queues, kind: string): ActivityInterfaceFor<Activities> {
  return proxyActivities<Activities>({
    taskQueue: kind === "train" || kind === "score" ? queues.learn : queues.simulate,
    startToCloseTimeout: "30 days",
    heartbeatTimeout: HEARTBEAT_TIMEOUT,
    cancellationType: "WAIT_CANCELLATION_COMPLETED",
    retry: { ...RETRY, ...(kind === "train" ? {} : { maximumAttempts: MAXIMUM_ATTEMPTS }) },
  });
}

/** Activities that only look or write a small file. */
export function briefActivities(queues: Queues): Pick<Activities, "openRun" | "findStage"> {
  return proxyActivities<Activities>({
    taskQueue: queues.simulate,
    startToCloseTimeout: "5 minutes",
    retry: { ...RETRY, maximumAttempts: MAXIMUM_ATTEMPTS },
  });
}
