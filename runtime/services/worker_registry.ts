import { mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import type { ProcessIdentity } from "../../infra/temporal/process.ts";
import { temporalDirectory } from "./services.ts";

/** A worker process on a data directory. */
export interface RegisteredWorker extends ProcessIdentity {
  /** Name of the machine that the pid belongs to. */
  readonly host: string;
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

/**
 * Makes this process known as a worker of a data directory, until disposed or dead: a lock of the
 * kernel's on its file says that it lives, where a pid may be another's by now.
 */
export function registerWorker(
  root: string,
  { build, resources, parent, lasting, kernels }: WorkerTraits,
): Disposable {
  const folder = registry(root), file = join(folder, `${hostname()}-${Deno.pid}.json`);
  const worker: RegisteredWorker = {
    pid: Deno.pid,
    host: hostname(),
    build,
    resources,
    parent: parent === undefined ? null : { pid: parent },
    lasting,
    kernels,
  };
  mkdirSync(folder, { recursive: true });
  // Locked before it gets its name: nobody sees it without its lock.
  const held = Deno.openSync(`${file}.tmp`, { write: true, create: true, truncate: true });
  held.lockSync(true);
  held.writeSync(new TextEncoder().encode(JSON.stringify(worker) + "\n"));
  renameSync(`${file}.tmp`, file);
  return {
    [Symbol.dispose]() {
      rmSync(file, { force: true });
      held.close();
    },
  };
}

/** The name by which the Temporal server knows a worker process. */
export function identityOf({ pid, host }: Pick<RegisteredWorker, "pid" | "host">): string {
  return `${pid}@${host}`;
}

/**
 * Tells which identities are of workers of this machine that have died; of other machines' nothing
 * is known.
 */
export function findDeadWorkers(root: string): (identity: string) => boolean {
  const living = new Set(listWorkers(root).map(identityOf));
  return (identity) => identity.endsWith(`@${hostname()}`) && !living.has(identity);
}

/** The workers of a data directory that run on this machine; those that died are forgotten. */
export function listWorkers(root: string): RegisteredWorker[] {
  const folder = registry(root);
  return filesOf(folder).flatMap((name) => {
    const worker = readLiving(join(folder, name));
    return worker?.host === hostname() ? [worker] : [];
  });
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

/** Reads the file of a worker; null if it is dead, and then its file is removed. */
function readLiving(path: string): RegisteredWorker | null {
  try {
    using file = Deno.openSync(path);
    // Shared: two that look at the same time must not take each other for the worker.
    if (!file.tryLockSync(false)) return JSON.parse(Deno.readTextFileSync(path));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
  forget(path);
  return null;
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
