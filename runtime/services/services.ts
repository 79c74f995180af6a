import { cacheDirectory } from "../data/cache_directory.ts";
import { listCommands } from "../../activities/commands/registered_commands.ts";
import { dirname, join } from "node:path";
import { MissingToolError } from "../../core/errors.ts";
import {
  addressFromEnvironment,
  type Environment,
  type ServerAddress,
} from "../../infra/temporal/connection.ts";
import { givenEnvironment } from "../../infra/given_environment.ts";
import { rotateLog } from "../../infra/log_file.ts";
import { readHttpApi } from "../../infra/temporal/http_api.ts";
import { obtainTemporal } from "../../infra/temporal/obtain.ts";
import { endProcess, type ProcessIdentity, startDetached } from "../../infra/temporal/process.ts";
import { ensureServer, findServer, SERVER_LOG } from "../../infra/temporal/server.ts";
import { UiAssets } from "../../infra/temporal/ui_assets.ts";
import type { BackgroundServer } from "./background_server.ts";
import { PROJECT_DIRECTORY, taskArguments } from "./task_command.ts";
import { wait } from "./wait.ts";

/** The server and the worker processes of a data directory. */

/** Returns the directory of the server's database and of its and the workers' logs. */
export function temporalDirectory(root: string): string {
  return join(root, "temporal");
}

export interface ProvideServerOptions {
  /** Variables of the process. */
  readonly environment: Environment;
  readonly onProgress?: (message: string) => void;
  /** Called when all that a server needs is there and it is about to be started. */
  readonly onStarting?: () => Promise<void>;
  /** Address that a server listens on which is started; loopback if absent. */
  readonly host?: string;
}

/**
 * The server that a data directory uses: the one that `TEMPORAL_ADDRESS` names, else its own, which
 * is started where it does not run.
 */
export async function provideServer(
  root: string,
  { environment, onProgress, onStarting, host }: ProvideServerOptions,
): Promise<{ readonly server: ServerAddress; readonly started: boolean }> {
  const named = addressFromEnvironment(environment);
  if (named !== null) return { server: named, started: false };
  const progress = onProgress === undefined ? {} : { onProgress };
  const cache = cacheDirectory(environment);
  return await ensureServer(temporalDirectory(root), {
    ...progress,
    cache,
    ...(host === undefined ? {} : { host }),
    executable: async () => {
      const file = await obtainTemporal({ path: environment["PATH"] ?? "", cache, ...progress });
      await onStarting?.();
      return file;
    },
  });
}

/**
 * Serves the web UI of a data directory's own server until it is closed.
 *
 * @returns Null if the server has none, or another command serves it
 */
export async function openTemporalUi(
  root: string,
  { own, ui, address }: ServerAddress,
  environment: Environment,
): Promise<BackgroundServer | null> {
  const api = own && ui !== null ? readHttpApi(temporalDirectory(root)) : null;
  if (api === null || ui === null) return null;
  const { hostname } = new URL(`http://${address}`), cache = cacheDirectory(environment);
  const executable = () => obtainTemporal({ path: environment["PATH"] ?? "", cache });
  const { serveTemporalUi } = await import("./temporal_ui.ts");
  const assets = new UiAssets({ executable, cache });
  return serveTemporalUi({ api, address: hostname, assets }, Number(new URL(ui).port));
}

/** Interval between two checks that a server has started (ms). */
const SERVER_INTERVAL_MS = 20;

/**
 * The server that a data directory uses now.
 *
 * @param isAwaited Whether to wait any longer for one that does not run yet
 * @throws {MissingToolError} If none runs
 */
export async function currentServer(
  root: string,
  environment: Environment,
  isAwaited: () => boolean = () => false,
): Promise<ServerAddress> {
  for (;;) {
    const server = await servingNow(root, environment);
    if (server !== null) return server;
    if (!isAwaited()) break;
    await wait(SERVER_INTERVAL_MS);
  }
  throw new MissingToolError({
    action: "find a Temporal server for",
    place: root,
    expected: "TEMPORAL_ADDRESS or a running server",
    found: "neither",
    remedy: 'start one with "deno task up", or run a pipeline',
  });
}

/** Whether a server runs for a data directory: its own, or one that the environment names. */
export async function runsServer(root: string, environment: Environment): Promise<boolean> {
  return await servingNow(root, environment) !== null;
}

async function servingNow(root: string, environment: Environment): Promise<ServerAddress | null> {
  return addressFromEnvironment(environment) ?? await findServer(temporalDirectory(root));
}

/** Name of the log that the workers of a machine share. */
const WORKER_LOG = "worker.log";

export interface WorkerProcessOptions {
  readonly concurrency: number;
  /** End with this process; else the worker outlives it. */
  readonly attached: boolean;
  /** Outlives the run for which it is started; see `RegisteredWorker`. */
  readonly lasting: boolean;
  /** `s3://bucket/prefix` of the data directory; absent if it is one of a disk. */
  readonly home?: string;
  /** URLs of modules that it loads; see `CodeModules`. */
  readonly modules: readonly string[];
  /** Name of the environment in which it will simulate first; not known if absent. */
  readonly warm?: string | undefined;
  /** `HOST:PORT` of its Prometheus metrics; none if absent. */
  readonly metrics?: string;
  /** `HOST:PORT` of its health; none if absent. */
  readonly health?: string;
}

/**
 * Setting that makes glibc return arrays of a megabyte and more when they are freed: otherwise it
 * keeps such blocks, 80 MB of a worker that trains on a large dataset.
 */
const LARGE_BLOCKS_APART = { MALLOC_MMAP_THRESHOLD_: String(2 ** 20) } as const;

/**
 * Starts a worker process for a data directory, by the task `worker` of deno.json. The server may be
 * starting too.
 */
export function startWorker(
  root: string,
  options: WorkerProcessOptions,
  environment: Environment,
): Promise<ProcessIdentity> {
  const { concurrency, attached, lasting, home, modules, warm, metrics, health } = options;
  const place = home === undefined
    ? { SLUICE_HOME: root }
    : { ...givenEnvironment(["store"]), SLUICE_HOME: home, SLUICE_CACHE: dirname(root) };
  const flags = [
    ...["--concurrency", String(concurrency)],
    "--await-server",
    ...(attached ? ["--parent", String(Deno.pid)] : []),
    ...(lasting ? ["--lasting"] : []),
    ...modules.flatMap((url) => ["--module", url]),
    ...(warm === undefined ? [] : ["--warm", warm]),
    ...(metrics === undefined ? [] : ["--metrics", metrics]),
    ...(health === undefined ? [] : ["--health", health]),
  ];
  return startDetached(Deno.execPath(), taskArguments("worker", flags), {
    cwd: PROJECT_DIRECTORY,
    log: join(temporalDirectory(root), WORKER_LOG),
    env: { ...LARGE_BLOCKS_APART, ...workerEnvironment(environment), ...place },
  });
}

/** A worker finds the server where its own user has one, and what that takes. */
function workerEnvironment(environment: Environment): Record<string, string> {
  const own = addressFromEnvironment(environment) === null ? [] : ["temporal"] as const;
  const programs = listCommands().flatMap(({ program }) => program.variables ?? []);
  const groups = ["libraries", "network", "deno", "sluice", "codec", "python", ...own] as const;
  return givenEnvironment(groups, programs);
}

/**
 * Puts logs of server and workers aside that have grown large; processes rotate theirs at start.
 */
export function rotateServiceLogs(root: string): void {
  for (const name of [SERVER_LOG, WORKER_LOG]) rotateLog(join(temporalDirectory(root), name));
}

/** Time that a worker may take to commit work in progress (ms). */
export const DRAIN_PATIENCE_MS = 5 * 60_000;

/** Lets a worker commit work in progress and end. */
export function drainWorker(worker: ProcessIdentity): Promise<void> {
  return endProcess(worker, DRAIN_PATIENCE_MS);
}
