import type { DataConverter } from "@temporalio/common";
import { type NativeConnection, Worker, type WorkerOptions } from "@temporalio/worker";
import { createActivities, type ThreadPool } from "../../activities/mod.ts";
import { identityWithSlots } from "../../core/worker_identity.ts";
import type { BucketRoot } from "../../store/mod.ts";
import type { Environment, ServerAddress } from "../../infra/temporal/connection.ts";
import type { CodeModules } from "../prepare/code_modules.ts";
import { keyContext } from "../prepare/compile_context.ts";
import { nightlyQueues, type QueueNames, queueNames } from "../run/run_identity.ts";
import type { WatchedQueue } from "../watch/service_metrics.ts";
import type { WorkerWatch } from "../watch/worker_watch.ts";
import { activityLog, outputLog } from "./activity_log.ts";
import type { LogPusher } from "./log_pusher.ts";
import { createNightlyWorker } from "./nightly_worker.ts";
import { deploymentOptions } from "./worker_version.ts";
import { workflowBundle } from "../bundles/workflow_bundle.ts";

/** Resources of the workers; the names that `--queues` takes. */
export const RESOURCES = ["simulate", "learn", "program"] as const;

export type Resource = typeof RESOURCES[number];

/** Time that a drained worker waits for the shard or checkpoint in progress. */
const DRAIN_TIME = "5 minutes" as const;

export interface TaskWorkersSetup {
  /** Absolute path of the data root. */
  readonly root: string;
  /** The data root in a bucket of which that is the working root; absent where it is none's. */
  readonly bucket?: BucketRoot;
  /** Pushes logs of runs to that bucket; absent where there is none. */
  readonly logs?: LogPusher;
  /** See `codeDigest()`. */
  readonly code: string;
  readonly build: string;
  readonly modules: CodeModules;
  readonly server: ServerAddress;
  readonly connection: NativeConnection;
  readonly dataConverter: DataConverter;
  /** Name by which the server knows this process. */
  readonly identity: string;
  readonly pool: ThreadPool;
  readonly resources: readonly Resource[];
  readonly concurrency: number;
  /** Seconds without progress after which a shard is given up. */
  readonly patience: number;
  /** Variables of the process. */
  readonly environment: Environment;
  /** Begins nights of schedules too; they wait for a worker that stays. */
  readonly nightly: boolean;
  /** Begins all of them, in place of workers of other builds. */
  readonly rolling: boolean;
  /** Null where nobody watches. */
  readonly watch: WorkerWatch | null;
}

/** One worker a task queue; they share a connection, the threads and nothing else. */
export async function createTaskWorkers(setup: TaskWorkersSetup): Promise<readonly Worker[]> {
  const { root, bucket, build, modules, server, connection, dataConverter, nightly, rolling } =
    setup;
  const queues = queueNames(root, build);
  const common = {
    connection,
    namespace: server.namespace,
    identity: setup.identity,
    shutdownForceTime: DRAIN_TIME,
    dataConverter,
  };
  const bundle = { codePath: await workflowBundle(root, setup.code, setup.environment) };
  return await Promise.all([
    ...createActivityWorkers(setup, common),
    Worker.create({
      ...common,
      taskQueue: queues.workflows,
      workflowBundle: bundle,
      maxCachedWorkflows: 64,
      // After it, another worker replays the history: waiting for a dead one costs more than that.
      stickyQueueScheduleToStartTimeout: "2 seconds",
      reuseV8Context: true,
    }),
    ...(nightly ? nightlyQueues(root) : []).map((queue) =>
      createNightlyWorker({
        ...{ root, build, modules, server, connection, dataConverter, queue },
        ...(bucket && { bucket }),
        workflowBundle: bundle,
        ...(rolling ? { deployment: deploymentOptions({ root, build }) } : {}),
      })
    ),
  ]);
}

/** Options that all workers of a process share. */
type CommonOptions = Omit<WorkerOptions, "taskQueue">;

function createActivityWorkers(
  setup: TaskWorkersSetup,
  common: CommonOptions,
): Promise<Worker>[] {
  const { root, bucket, logs, build, modules, pool, resources, concurrency } = setup;
  const { patience, identity, watch } = setup;
  const context = keyContext(modules), onOutput = outputLog(root);
  const activities = createActivities({
    ...{ root, build, pool, context, patience, onOutput },
    ...(bucket && { bucket }),
    ...(watch === null ? {} : { onProgress: watch.onProgress }),
  });
  const queues = queueNames(root, build);
  // An activity that waits for a lock holds a slot, so there is one more than threads.
  const slots = { simulate: concurrency + 1, learn: 2, program: 1 };
  return resources.map((resource) =>
    Worker.create({
      ...common,
      identity: identityWithSlots(identity, slots[resource]),
      taskQueue: queues[resource],
      activities: { ...activities },
      interceptors: { activity: [activityLog(root, logs?.note), ...(watch?.interceptors ?? [])] },
      maxConcurrentActivityTaskExecutions: slots[resource],
      maxHeartbeatThrottleInterval: "1 second",
      defaultHeartbeatThrottleInterval: "1 second",
    })
  );
}

/** Returns the queues of a worker whose backlog is of interest. */
export function watchedQueues(
  queues: QueueNames,
  resources: readonly Resource[],
): readonly WatchedQueue[] {
  const labels = ["workflows", ...resources] as const;
  return labels.map((label) => ({ label, name: queues[label] }));
}
