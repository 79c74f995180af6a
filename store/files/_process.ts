import { systemCode } from "./access.ts";
import { hostname, uptime } from "node:os";
import process from "node:process";

/** A process, as others can ask whether it still lives. */
export interface ProcessName {
  readonly pid: number;
  /** Name of the machine that the pid belongs to. Linux's boot id would need Deno's `-A`. */
  readonly host: string;
}

/**
 * Seconds without a sign of life after which a holder counts as dead. Far beyond a heartbeat, as a
 * thread may compute for many seconds without a turn of its event loop.
 */
const STALE_AFTER = 120;

/** This process. */
export function thisProcess(): ProcessName {
  return { pid: process.pid, host: hostname() };
}

/**
 * Whether a process can be counted out.
 *
 * @param age Seconds since its last sign of life
 */
export function isStale(name: ProcessName, age: number): boolean {
  if (age > STALE_AFTER) return true;
  if (name.host !== hostname()) return false;
  // Last seen before the machine was booted: its number is another's by now.
  return age > uptime() || !isAlive(name.pid);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // EPERM: it lives, and is another user's.
    return systemCode(error) === "EPERM";
  }
}
