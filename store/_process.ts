import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import process from "node:process";

/** A process, as others can ask whether it still lives. */
export interface ProcessName {
  readonly pid: number;
  /** Of the boot that the pid belongs to: the same on no other machine, and gone after a restart. */
  readonly boot: string;
}

/**
 * Seconds without a sign of life after which a holder counts as dead. Far beyond a heartbeat, as a
 * thread may compute for many seconds without a turn of its event loop.
 */
export const STALE_AFTER = 120;

let boot: string | undefined;

/** This process. */
export function thisProcess(): ProcessName {
  boot ??= readBootId();
  return { pid: process.pid, boot };
}

/**
 * Whether a process can be counted out.
 *
 * @param age Seconds since its last sign of life
 */
export function isStale(name: ProcessName, age: number): boolean {
  if (age > STALE_AFTER) return true;
  return name.boot === thisProcess().boot && !isAlive(name.pid);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // EPERM: it lives, and is another user's.
    return (error as NodeJS.ErrnoException).code === "EPERM"; // what kill() throws
  }
}

function readBootId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return hostname(); // no boot id outside Linux: then only pid and heartbeat tell
  }
}
