import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bootTime, isAlive, type ProcessIdentity } from "../infra/temporal/process.ts";
import { temporalDirectory } from "./services.ts";

/** A worker process of this machine on a data directory. */
export interface RegisteredWorker extends ProcessIdentity {
  readonly build: string;
  readonly resources: readonly string[];
}

/** Makes this process known as a worker of a data directory, until disposed. */
export function registerWorker(
  root: string,
  { build, resources }: Pick<RegisteredWorker, "build" | "resources">,
): Disposable {
  const folder = registry(root), file = join(folder, `${Deno.pid}.json`);
  mkdirSync(folder, { recursive: true });
  const worker: RegisteredWorker = { pid: Deno.pid, boot: bootTime(), build, resources };
  writeFileSync(file, JSON.stringify(worker) + "\n");
  return { [Symbol.dispose]: () => rmSync(file, { force: true }) };
}

/** The workers of a data directory that run on this machine; those that died are forgotten. */
export function listWorkers(root: string): RegisteredWorker[] {
  const folder = registry(root);
  return filesOf(folder).flatMap((name) => {
    const file = join(folder, name);
    const worker = readWorker(file);
    if (worker !== null && isAlive(worker)) return [worker];
    rmSync(file, { force: true });
    return [];
  });
}

function filesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // no worker has run yet
  }
}

function readWorker(file: string): RegisteredWorker | null {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return null; // cut off by a crash
  }
}

function registry(root: string): string {
  return join(temporalDirectory(root), "workers");
}
