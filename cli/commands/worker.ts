import { Client } from "@temporalio/client";
import type { Worker } from "@temporalio/worker";
import { ThreadPool } from "../../activities/mod.ts";
import { InvalidInputError } from "../../core/errors.ts";
import { connect } from "../../infra/temporal/connection.ts";
import { payloadConverter } from "../../infra/temporal/payload_converter.ts";
import { installRuntime } from "../../infra/temporal/runtime.ts";
import { buildDigest, codeDigest } from "../../runtime/prepare/build_digest.ts";
import { loadModules } from "../../runtime/prepare/code_modules.ts";
import { MODULE_FLAG } from "../kit/module_flag.ts";
import { codeOf, POLICY_COMMAND_FLAG } from "../kit/policy_command_flag.ts";
import { environmentVariables, openDataRoot, workingDirectory } from "../kit/places.ts";
import { defineCommand, type FlagValues } from "../kit/flags.ts";
import {
  checkWatchFlags,
  listenAddress,
  WATCH_FLAGS,
  type WatchAddresses,
} from "../kit/watch_flags.ts";
import { chooseKernels, describeKernels, preferKernels } from "../../learn/mod.ts";
import { kernelPreference } from "../../runtime/services/kernel_preference.ts";
import { noteLine } from "../kit/output.ts";
import { type DataRoot, makeDataRoot } from "../../runtime/data/data_root.ts";
import { openRoot } from "../../runtime/data/root_identity.ts";
import { runCommand } from "../kit/run_command.ts";
import { queueNames, queuePrefix } from "../../runtime/run/run_identity.ts";
import { adoptSchedules } from "../../runtime/schedule/adopt_schedules.ts";
import { currentServer } from "../../runtime/services/services.ts";
import { LogPusher } from "../../runtime/services/log_pusher.ts";
import { shareServer } from "../../runtime/services/shared_server.ts";
import {
  createTaskWorkers,
  type Resource,
  RESOURCES,
  type TaskWorkersSetup,
  watchedQueues,
} from "../../runtime/services/task_workers.ts";
import { ThreadBundle } from "../../runtime/bundles/thread_bundle.ts";
import { traceProcess } from "../../runtime/services/trace_process.ts";
import { registerWorker } from "../../runtime/services/worker_registry.ts";
import { untilReplaced } from "../../runtime/services/worker_version.ts";
import type { WorkerWatch } from "../../runtime/watch/worker_watch.ts";

/** Interval between two checks that the parent process still exists (ms). */
const PARENT_INTERVAL = 1000;

/** Time that a starting or restarting server may take to answer (ms). */
const SERVER_PATIENCE_MS = 60_000;

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
      description: "Give up on a shard that makes no step for this long, e.g. in an endless loop",
    },
    ...MODULE_FLAG,
    ...POLICY_COMMAND_FLAG,
    rolling: {
      type: "boolean",
      description: "Take over all scheduled runs from now on. Workers of other builds that were " +
        "started with this flag exit once their own runs have ended",
    },
    ...WATCH_FLAGS,
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
    warm: {
      type: "text",
      placeholder: "NAME",
      description: "Load the engine of this environment at once",
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

/** Starts to watch this process; null if nobody asked for it: then none of that code is loaded. */
async function openWatch(
  root: string,
  { metrics, health }: WatchAddresses,
): Promise<WorkerWatch | null> {
  if (metrics === undefined && health === undefined) return null;
  const { WorkerWatch } = await import("../../runtime/watch/worker_watch.ts");
  const address = health === undefined ? null : listenAddress(health);
  return new WorkerWatch({
    root,
    metrics: metrics !== undefined,
    ...(address === null ? {} : { health: address }),
  });
}

/** Lets work in progress end on a signal, or when the parent has ended. @returns What does so */
function drainOnSignals(workers: readonly Worker[], parent: number | undefined): () => void {
  let draining = false;
  const drain = () => {
    if (draining) return;
    draining = true;
    for (const worker of workers) if (worker.getState() === "RUNNING") worker.shutdown();
  };
  Deno.addSignalListener("SIGTERM", drain);
  Deno.addSignalListener("SIGINT", drain);
  setInterval(() => isOrphan(parent) && drain(), PARENT_INTERVAL);
  return drain;
}

/** Works until the workers are drained, or others have taken over. */
async function work(
  setup: TaskWorkersSetup,
  { parent, text }: { readonly parent: number | undefined; readonly text: string },
): Promise<void> {
  const { root, build, server, connection, dataConverter, resources, watch } = setup;
  const client = new Client({ connection, namespace: server.namespace, dataConverter });
  if (setup.nightly) await adoptSchedules(client, root, server);
  const logs = setup.bucket && new LogPusher(setup.bucket);
  const workers = await createTaskWorkers({ ...setup, ...(logs && { logs }) });
  watch?.observe({ workers, client, queues: watchedQueues(queueNames(root, build), resources) });
  const drain = drainOnSignals(workers, parent), ended = new AbortController();
  noteLine(`Working on ${resources.join(" and ")} ${text}`);
  noteLine(`Task queues begin with ${queuePrefix(root, build)}`);
  if (setup.rolling) {
    untilReplaced(client, { root, build }, ended.signal).then(() => {
      if (!ended.signal.aborted) noteLine("Workers of another build have taken over: stopping");
      drain();
    });
  }
  await Promise.all(workers.map((worker) => worker.run())).finally(() => ended.abort());
  await logs?.push();
}

/** Whether the process that started this one, if it must outlive it, has ended. */
function isOrphan(parent: number | undefined): boolean {
  return parent !== undefined && Deno.ppid !== parent;
}

/** Numbers of threads: a training beside the simulations has one of its own. */
function threadsFor(
  { concurrency }: { readonly concurrency: number },
  resources: readonly Resource[],
): { readonly size: number; readonly simulating: number } {
  const learning = resources.includes("learn") ? 1 : 0;
  return { size: concurrency + learning, simulating: concurrency };
}

/** Registers this process as a worker, and works until it is drained. */
async function workOn(
  { root, bucket, access, cacheBytes }: DataRoot,
  flags: FlagValues<typeof COMMAND.flags>,
): Promise<void> {
  const environment = environmentVariables();
  const resources = parseQueues(flags.queues);
  const addresses = await checkWatchFlags(flags);
  const dataConverter = payloadConverter(root, environment);
  const modules = await loadModules(codeOf(flags), workingDirectory());
  const code = codeDigest(), build = buildDigest(modules, code);
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
  const inBucket = { ...(access && { bucket: access }), ...(cacheBytes && { cacheBytes }) };
  const threads = { modules: modules.urls, kernels: preference, ...threadsFor(flags, resources) };
  const bundle = new ThreadBundle(code, environment);
  const pool = new ThreadPool({ root, ...inBucket, ...threads, entry: () => bundle.entry });
  if (flags.awaitServer) pool.prepare(flags.warm);
  installRuntime(addresses);
  const watch = await openWatch(root, addresses);
  const tracing = await traceProcess(environment, "sluice-worker", noteLine);
  const server = await currentServer(
    root,
    environment,
    () => flags.awaitServer && performance.now() < SERVER_PATIENCE_MS && !isOrphan(parent),
  );
  const connection = await connect(server, SERVER_PATIENCE_MS, tracing?.plugins);
  if (kernels !== null) noteLine(`Kernels: ${kernels}`);
  bundle.begin(); // for threads to come, and for the next workers
  await work({
    ...(bucket && { bucket }),
    ...{ root, build, modules, server, resources, concurrency, connection, pool, dataConverter },
    ...{ code, environment, watch, identity: registration.identity },
    ...{ patience: flags.stallTimeout, nightly: lasting, rolling: flags.rolling },
  }, { parent, text: `for ${root} (${id}), server ${server.address}` });
  await Promise.all([bundle.end(), pool.close()]);
  await Promise.all([watch?.close(), tracing?.close()]);
  await connection.close();
}

if (import.meta.main) {
  await runCommand(COMMAND, async ({ flags }) => {
    const place = await openDataRoot({ create: true });
    try {
      await workOn(place, flags);
    } finally {
      // A command that was killed has not ended its server. Whoever else uses it here keeps it; that of
      // "deno task up" is kept for those elsewhere, too, of whom nothing is known here.
      if (isOrphan(flags.parent) && !flags.lasting) {
        await shareServer(place.root, environmentVariables()).release();
      }
    }
    return 0;
  });
}
