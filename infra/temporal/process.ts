import process from "node:process";
import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, statSync } from "node:fs";
import { dirname } from "node:path";

/** A process, told apart from a later one with the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Of the boot in which it was started. */
  readonly boot: string;
}

/** Size in bytes at which a log is put aside when its writer starts. */
const LOG_LIMIT = 10 * 2 ** 20;

/** What distinguishes this boot of the machine from others; empty where the system does not say. */
export function bootId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return ""; // macOS: a reused process number is then told apart by what answers on its port
  }
}

/** Whether a process is there. */
export function isAlive({ pid, boot }: ProcessIdentity): boolean {
  if (boot !== bootId()) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

export interface DetachedOptions {
  /** Both outputs are appended to it. */
  readonly log: string;
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Starts a process in a session of its own, which outlives the caller, gets none of its signals and
 * holds none of its descriptors.
 */
export function startDetached(
  program: string,
  args: readonly string[],
  { log, env }: DetachedOptions,
): Promise<ProcessIdentity> {
  mkdirSync(dirname(log), { recursive: true });
  rotateLog(log);
  const output = openSync(log, "a");
  const child = spawn(program, args, {
    detached: true,
    stdio: ["ignore", output, output],
    ...(env === undefined ? {} : { env: { ...env } }),
  });
  closeSync(output);
  child.unref();
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("spawn", () => resolve({ pid: child.pid!, boot: bootId() }));
  });
}

function rotateLog(log: string): void {
  const size = statSync(log, { throwIfNoEntry: false })?.size ?? 0;
  if (size > LOG_LIMIT) renameSync(log, `${log}.1`);
}

/**
 * Asks a process to end, and ends it when it does not.
 *
 * @param patienceMs How long it may take
 */
export async function endProcess(identity: ProcessIdentity, patienceMs: number): Promise<void> {
  signal(identity, "SIGTERM");
  for (let waited = 0; waited < patienceMs && isAlive(identity); waited += 50) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  signal(identity, "SIGKILL");
}

function signal(identity: ProcessIdentity, name: "SIGTERM" | "SIGKILL"): void {
  if (!isAlive(identity)) return;
  try {
    process.kill(identity.pid, name);
  } catch {
    // It ended by itself in between.
  }
}
