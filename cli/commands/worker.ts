import { Client } from "@temporalio/client";
import { type NativeConnection, Worker } from "@temporalio/worker";
import { createActivities, ThreadPool } from "../../activities/mod.ts";
import { InvalidInputError } from "../../core/errors.ts";
import { identityWithSlots } from "../../core/worker_identity.ts";
import { connect, type ServerAddress } from "../../infra/temporal/connection.ts";
import { installRuntime } from "../../infra/temporal/runtime.ts";
import { storedPayloads } from "../../infra/temporal/stored_payloads.ts";
import { activityLog, outputLog } from "../../runtime/services/activity_log.ts";
import { buildDigest } from "../../runtime/prepare/build_digest.ts";
import { type CodeModules, loadModules } from "../../runtime/prepare/code_modules.ts";
import { MODULE_FLAG } from "../kit/module_flag.ts";
import { codeOf, POLICY_COMMAND_FLAG } from "../kit/policy_command_flag.ts";
import { keyContext } from "../../runtime/prepare/compile_context.ts";
import { dataRoot, environmentVariables, workingDirectory } from "../kit/places.ts";
import { defineCommand } from "../kit/flags.ts";
import { createNightlyWorker } from "../../runtime/services/nightly_worker.ts";
import { checkMetrics, METRICS_FLAG } from "../kit/metrics_flag.ts";
import { chooseKernels, describeKernels, preferKernels } from "../../learn/mod.ts";
import { kernelPreference } from "../../runtime/services/kernel_preference.ts";
import { noteLine } from "../kit/output.ts";
import { makeDataRoot } from "../../runtime/data/data_root.ts";
import { openRoot } from "../../runtime/data/root_identity.ts";
import { runCommand } from "../kit/run_command.ts";
import { nightlyQueues, queueNames } from "../../runtime/run/run_identity.ts";
import { adoptSchedules } from "../../runtime/schedule/adopt_schedules.ts";
import { currentServer } from "../../runtime/services/services.ts";
import { workflowBundle } from "../../runtime/services/workflow_bundle.ts";
import { registerWorker } from "../../runtime/services/worker_registry.ts";

/** Time that a drained worker waits for the shard or checkpoint in progress. */
const DRAIN_TIME = "5 minutes" as const;

/** Interval between two checks that the parent process still exists (ms). */
const PARENT_INTERVAL = 1000;

/** Time that a starting or restarting server may take to answer (ms). */
const SERVER_PATIENCE_MS = 60_000;

/** Resources of the workers; the names that `--queues` takes. */
const RESOURCES = ["simulate", "learn", "program"] as const;

type Resource = typeof RESOURCES[number];

const COMMAND = defineCommand({
  name: "worker",
  summary: "Runs pipeline work on this data directory until stopped.",
  description: "On SIGTERM or Ctrl-C, it commits the shard or checkpoint in progress and stops. " +
    "Workers on several machines can share the work of one data directory and one " +
    "Temporal server (TEMPORAL_ADDRESS).",
  arguments: {},
  flags: {
    queues: {
      type: "text",
      placeholder: "NAMES",
      default: RESOURCES.join(","),
      description: "Comma-separated kinds of work to take: simulate, learn, program",
    },
    concurrency: {
      type: "integer",
      default: navigator.hardwareConcurrency,
      min: 1,
      max: 256,
      description: "Shards to process in parallel, one per thread",
      aliases: ["threads"],
    },
    stallTimeout: {
      type: "integer",
      placeholder: "SECONDS",
      default: 600,
      min: 1,
      description: "Give a shard up that takes no step for this long, as in an endless loop",
    },
    ...MODULE_FLAG,
    ...POLICY_COMMAND_FLAG,
    ...METRICS_FLAG,
    parent: {
      type: "integer",
      placeholder: "PID",
      description: "End when this process, which started this one, ends",
      internal: true,
    },
    awaitServer: {
      type: "boolean",
      description: "Wait for the Temporal server, which is about to start",
      internal: true,
    },
    lasting: {
      type: "boolean",
      description: "Runs without a terminal may count on it, though it has a parent",
      internal: true,
    },
  },
  examples: [
    ["deno task worker", "all work, one thread per core"],
    ["deno task worker --queues simulate --concurrency 4", "simulation only"],
    ["deno task worker --queues program --module mine.ts", "programs only, e.g. on a GPU machine"],
  ],
});

/** Parses the resources that `--queues` names. @throws {InvalidInputError} If one is unknown */
function parseQueues(text: string): readonly Resource[] {
  const names = text.split(",").map((name) => name.trim()).filter((name) => name !== "");
  const known: readonly string[] = RESOURCES;
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined || names.length === 0) {
    throw new InvalidInputError({
      action: "read --queues",
      place: text,
      expected: `some of ${RESOURCES.join(", ")}`,
      found: `"${unknown ?? ""}"`,
    });
  }
  return RESOURCES.filter((resource) => names.includes(resource));
}

interface WorkerSetup {
  readonly root: string;
  readonly build: string;
  readonly modules: CodeModules;
  readonly server: ServerAddress;
  /** Name by which the server knows this process. */
  readonly identity: string;
  readonly resources: readonly Resource[];
  readonly concurrency: number;
  /** Seconds without progress after which a shard is given up. */
  readonly patience: number;
  /** Begins nights of schedules too; they wait for a worker that stays. */
  readonly nightly: boolean;
}

/** One worker a task queue; they share a connection, the threads and nothing else. */
async function createWorkers(
  setup: WorkerSetup,
  connection: NativeConnection,
  pool: ThreadPool,
): Promise<Worker[]> {
  const { root, build, modules, server, resources, concurrency, identity } = setup;
  const { patience, nightly } = setup;
  const queues = queueNames(root, build);
  const common = {
    connection,
    namespace: server.namespace,
    identity,
    shutdownForceTime: DRAIN_TIME,
    dataConverter: storedPayloads(root),
  };
  const context = keyContext(modules), onOutput = outputLog(root);
  const activities = createActivities({ root, build, pool, context, patience, onOutput });
  // An activity that waits for a lock holds a slot, so there is one more than threads.
  const slots = { simulate: concurrency + 1, learn: 2, program: 1 };
  const workers = resources.map((resource) =>
    Worker.create({
      ...common,
      identity: identityWithSlots(identity, slots[resource]),
      taskQueue: queues[resource],
      activities: { ...activities },
      interceptors: { activity: [activityLog(root)] },
      maxConcurrentActivityTaskExecutions: slots[resource],
      maxHeartbeatThrottleInterval: "1 second",
      defaultHeartbeatThrottleInterval: "1 second",
    })
  );
  const bundle = { codePath: await workflowBundle(root, build, environmentVariables()) };
  return await Promise.all([
    ...workers,
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
      createNightlyWorker({ ...setup, connection, workflowBundle: bundle, queue })
    ),
  ]);
}

function clientOf(
  connection: NativeConnection,
  { root, server: { namespace } }: Pick<WorkerSetup, "root" | "server">,
): Client {
  return new Client({ connection, namespace, dataConverter: storedPayloads(root) });
}

function drainOnSignals(workers: readonly Worker[], parent: number | undefined): void {
  let draining = false;
  const drain = () => {
    if (draining) return;
    draining = true;
    for (const worker of workers) if (worker.getState() === "RUNNING") worker.shutdown();
  };
  Deno.addSignalListener("SIGTERM", drain);
  Deno.addSignalListener("SIGINT", drain);
  setInterval(() => isOrphan(parent) && drain(), PARENT_INTERVAL);
}

/** Whether the process that started this one, if it must outlive it, has ended. */
function isOrphan(parent: number | undefined): boolean {
  return parent !== undefined && Deno.ppid !== parent;
}

if (import.meta.main) {
  await runCommand(COMMAND, async ({ flags }) => {
    const resources = parseQueues(flags.queues);
    await checkMetrics(flags.metrics);
    const root = dataRoot(), modules = await loadModules(codeOf(flags), workingDirectory());
    const build = buildDigest(modules), environment = environmentVariables();
    await makeDataRoot(root);
    const { id } = await openRoot(root, { environment, onNote: noteLine });
    // Before it can work, so that "deno task down" finds it.
    const preference = kernelPreference(Deno.env.get("SLUICE_KERNELS"));
    preferKernels(preference);
    const kernels = resources.includes("learn") ? describeKernels(chooseKernels()) : null;
    const { parent, concurrency } = flags, lasting = flags.lasting || parent === undefined;
    using registration = registerWorker(root, {
      build,
      resources,
      lasting,
      kernels,
      ...(parent === undefined ? {} : { parent }),
    });
    const size = concurrency + (resources.includes("learn") ? 1 : 0);
    const pool = new ThreadPool({ root, modules: modules.urls, kernels: preference, size });
    if (flags.awaitServer) pool.prepare();
    installRuntime(flags.metrics === undefined ? {} : { metrics: flags.metrics });
    const server = await currentServer(
      root,
      environment,
      () => flags.awaitServer && performance.now() < SERVER_PATIENCE_MS && !isOrphan(parent),
    );
    const connection = await connect(server, SERVER_PATIENCE_MS);
    const { identity } = registration;
    const setup = {
      ...{ root, build, modules, server, identity, resources, concurrency },
      ...{ patience: flags.stallTimeout, nightly: lasting },
    };
    if (lasting) await adoptSchedules(clientOf(connection, setup), root, server);
    const workers = await createWorkers(setup, connection, pool);
    drainOnSignals(workers, parent);
    if (kernels !== null) noteLine(`Kernels: ${kernels}`);
    noteLine(
      `Working on ${resources.join(" and ")} for ${root} (${id}), server ${server.address}`,
    );
    await Promise.all(workers.map((worker) => worker.run()));
    await pool.close();
    await connection.close();
    return 0;
  });
}
