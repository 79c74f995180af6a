import { mkdirSync, readdirSync, renameSync, rmSync, statSync, utimesSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { identityWithoutSlots } from "../../core/worker_identity.ts";
import { type ProcessIdentity, processNamespace } from "../../infra/temporal/process.ts";
import { machineName } from "../../store/files/machine.ts"; // not the whole store
import { temporalDirectory } from "./services.ts";

/** A worker process on a data directory. */
export interface RegisteredWorker extends ProcessIdentity {
  readonly host: string;
  /** Machine whose kernel locks this one sees; see `machineName()`. */
  readonly machine: string;
  /** Drawn when it started: pids are used again, by other containers at the same time. */
  readonly instance: string;
  /** Namespace that the pid belongs to; empty where there are none. */
  readonly namespace: string;
  readonly build: string;
  readonly resources: readonly string[];
  /** Command that supervises it and ends with it, null if there is none. */
  readonly parent: ProcessIdentity | null;
  /** Whether it outlives the run for which it was started. */
  readonly lasting: boolean;
  /** Kernels with which it trains, and why no faster ones; null if it does not train. */
  readonly kernels: string | null;
}

/** Properties that a worker announces. */
export interface WorkerTraits
  extends Pick<RegisteredWorker, "build" | "resources" | "lasting" | "kernels"> {
  /** Pid of {@linkcode RegisteredWorker.parent}. */
  readonly parent?: number;
}

/** A worker that others know of until it is disposed of. */
export interface Registration extends Disposable {
  /** Name by which the Temporal server knows it. */
  readonly identity: string;
}

/** Interval at which a worker says to other machines that it lives (ms). */
const SIGN_INTERVAL_MS = 600_000;

/** Time without a sign after which the file of another machine's worker is removed (ms). */
const FORGOTTEN_AFTER_MS = 24 * 3600_000;

/**
 * Makes this process known as a worker of a data directory, until disposed or dead: a lock of the
 * kernel's on its file says that it lives, where a pid may be another's by now.
 */
export function registerWorker(
  root: string,
  { build, resources, parent, lasting, kernels }: WorkerTraits,
): Registration {
  const worker: RegisteredWorker = {
    pid: Deno.pid,
    host: hostname(),
    machine: machineName(),
    instance: crypto.randomUUID().slice(0, 8),
    namespace: processNamespace(),
    build,
    resources,
    parent: parent === undefined ? null : { pid: parent },
    lasting,
    kernels,
  };
  const folder = registry(root), identity = identityOf(worker);
  const file = join(folder, `${worker.host}-${worker.pid}-${worker.instance}.json`);
  mkdirSync(folder, { recursive: true });
  // Locked before it gets its name: nobody sees it without its lock.
  const held = Deno.openSync(`${file}.tmp`, { write: true, create: true, truncate: true });
  held.lockSync(true);
  held.writeSync(new TextEncoder().encode(JSON.stringify(worker) + "\n"));
  renameSync(`${file}.tmp`, file);
  const signs = setInterval(() => touch(file), SIGN_INTERVAL_MS);
  Deno.unrefTimer(signs);
  return {
    identity,
    [Symbol.dispose]() {
      clearInterval(signs);
      rmSync(file, { force: true });
      held.close();
    },
  };
}

function touch(file: string): void {
  try {
    const now = new Date();
    utimesSync(file, now, now);
  } catch {
    // The disk is away for the moment: the next sign is soon enough.
  }
}

/** The name by which the Temporal server knows a worker process. */
export function identityOf(
  { pid, machine, instance, host }: Pick<RegisteredWorker, "pid" | "machine" | "instance" | "host">,
): string {
  return `${pid}@${host}/${machine.slice(0, 8)}/${instance}`;
}

/**
 * Tells which identities are of workers of this machine that have died; of other machines' nothing
 * is known.
 */
export function findDeadWorkers(root: string): (identity: string) => boolean {
  const living = new Set(listWorkers(root).map(identityOf));
  const here = `@${hostname()}/${machineName().slice(0, 8)}/`;
  return (known) => {
    const identity = identityWithoutSlots(known);
    return identity.includes(here) && !living.has(identity);
  };
}

/** The workers of a data directory that run on this machine; those that died are forgotten. */
export function listWorkers(root: string): RegisteredWorker[] {
  const folder = registry(root);
  return filesOf(folder).flatMap((name) => readLiving(join(folder, name)) ?? []);
}

/** Whether this process can signal a worker: its pid is another's in another container. */
export function isWithinReach({ host, machine, namespace }: RegisteredWorker): boolean {
  const isHere = machine === machineName() || host === hostname();
  return isHere && namespace === processNamespace();
}

/**
 * Whether a worker of some code runs on a data directory and this machine.
 *
 * @param lasting Only one that outlives the run for which it was started
 */
export function hasWorker(
  root: string,
  build: string | null,
  { lasting = false }: { readonly lasting?: boolean } = {},
): boolean {
  return listWorkers(root).some((worker) => worker.build === build && (worker.lasting || !lasting));
}

function filesOf(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith(".json"));
  } catch {
    return []; // no worker has run yet
  }
}

/**
 * Reads the file of a worker of this machine; null if it is dead, and then its file is removed, or
 * another machine's.
 */
function readLiving(path: string): RegisteredWorker | null {
  try {
    const worker = parseWorker(Deno.readTextFileSync(path)),
      isHere = worker.machine === machineName();
    using file = Deno.openSync(path);
    // Shared: two that look at the same time must not take each other for the worker.
    if (!file.tryLockSync(false)) return isHere || worker.host === hostname() ? worker : null;
    // Not every file system shows the locks of other machines.
    if (isHere || Date.now() - statSync(path).mtimeMs > FORGOTTEN_AFTER_MS) forget(path);
    return null;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

/** Those of earlier versions say less, and were this machine's by its host name. */
function parseWorker(text: string): RegisteredWorker {
  const found: RegisteredWorker = JSON.parse(text);
  const machine = found.host === hostname() ? machineName() : "";
  return { ...{ machine, instance: "", namespace: processNamespace() }, ...found };
}

function forget(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // On a disk that is read-only it stays, and is no worker all the same.
  }
}

function registry(root: string): string {
  return join(temporalDirectory(root), "workers");
}
