import type { DataConverter } from "@temporalio/common";
import {
  type NativeConnection,
  Worker,
  type WorkerDeploymentOptions,
  type WorkflowBundleOption,
} from "@temporalio/worker";
import { createNightlyActivities } from "../../activities/mod.ts";
import type { BucketRoot } from "../../store/mod.ts";
import type { ServerAddress } from "../../infra/temporal/connection.ts";
import { knowsSearchAttributes } from "../../infra/temporal/namespace.ts";
import { compilePipeline } from "../../pipelines/mod.ts";
import type { CodeModules } from "../prepare/code_modules.ts";
import { createCompileContext } from "../prepare/compile_context.ts";
import { runFailureCommand } from "../schedule/failure_command.ts";
import { pipelineStart } from "../run/pipeline_input.ts";
import { nightlyQueue } from "../run/run_identity.ts";

export interface NightlyWorkerSetup {
  /** Absolute path of the data root. */
  readonly root: string;
  /** The data root in a bucket of which that is the working root; absent where it is none's. */
  readonly bucket?: BucketRoot;
  readonly build: string;
  readonly modules: CodeModules;
  readonly server: ServerAddress;
  readonly connection: NativeConnection;
  readonly workflowBundle: WorkflowBundleOption;
  /** One of {@linkcode nightlyQueues}; the present one if absent. */
  readonly queue?: string;
  readonly dataConverter: DataConverter;
  /** Version of its deployment; absent where any build begins nights. */
  readonly deployment?: WorkerDeploymentOptions;
}

/**
 * The worker that begins the nights of a data directory. Its queue is named by the directory alone:
 * a schedule outlives the code that created it, and whichever code works when a night is due
 * compiles the declaration and runs it on queues of its own.
 */
export async function createNightlyWorker(setup: NightlyWorkerSetup): Promise<Worker> {
  const { root, bucket, build, modules, server, connection, workflowBundle, dataConverter } = setup;
  const inBucket = bucket && { bucket };
  const { deployment, queue: taskQueue = nightlyQueue(root) } = setup;
  const known = await knowsSearchAttributes(connection, server.namespace);
  const activities = createNightlyActivities({
    root,
    ...inBucket,
    build,
    compile: async (declaration) =>
      compilePipeline(
        declaration,
        await createCompileContext(root, declaration, { modules, ...inBucket }),
      ),
    start: (plan, rerun) => pipelineStart({ root, plan, build, rerun }, known),
    runFailureCommand: (task) => runFailureCommand(root, task),
  });
  return await Worker.create({
    connection,
    namespace: server.namespace,
    taskQueue,
    workflowBundle,
    activities: { ...activities },
    dataConverter,
    maxConcurrentActivityTaskExecutions: 2,
    maxConcurrentWorkflowTaskExecutions: 2,
    maxCachedWorkflows: 4,
    reuseV8Context: true,
    ...(deployment === undefined ? {} : { workerDeploymentOptions: deployment }),
  });
}
