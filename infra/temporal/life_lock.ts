import { closeSync, openSync } from "node:fs";
import { SluiceError } from "../../core/errors.ts";
import { endProcess, isAlive, type ProcessIdentity } from "./process.ts";

/**
 * Manages kernel locks that a process holds for as long as it lives. Whether it lives then does not
 * depend on clocks, which are set and stand still, on pids, which are reused, or on users.
 */

/** Interval between two attempts to lock a file that others are checking at the moment (ms). */
const LOOK_INTERVAL_MS = 5;

/** Number of times that a process is started again if it did not get the lock. */
const STARTS = 3;

/**
 * Whether a living process holds a lock.
 *
 * @throws {SluiceError} If it cannot be told, for want of permission
 */
export function isHeld(path: string): boolean {
  try {
    // Shared: two that look at the same time must not take each other for the holder.
    using file = Deno.openSync(path);
    return !file.tryLockSync(false);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    if (!(error instanceof Deno.errors.PermissionDenied)) throw error;
    throw new SluiceError({
      action: "tell whether a Temporal server runs",
      expected: `to read "${path}"`,
      found: "no permission",
      remedy: "run the command as the user whose server it is, or give others permission to " +
        "read it",
    });
  }
}

/**
 * Starts a process that holds a lock until it dies.
 *
 * @param start Starts it with a descriptor of this process as its standard input
 */
export async function startHolding(
  path: string,
  start: (descriptor: number) => Promise<ProcessIdentity>,
): Promise<ProcessIdentity> {
  for (let count = 1;; count++) {
    const { file, descriptor } = await openLocked(path);
    let process: ProcessIdentity;
    try {
      process = await start(descriptor);
    } catch (error) {
      if (!isClosed(error) || count === STARTS) throw error;
      continue; // another thread had that descriptor, and has closed it
    } finally {
      file.close(); // the lock stays with the process, which has the same open file
    }
    if (isHeld(path) || !isAlive(process) || count === STARTS) return process;
    await endProcess(process, 0); // it was given another descriptor
  }
}

/** Whether a process could not be given a descriptor, because it is not open. */
function isClosed(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EBADF";
}

/** Opens and locks a file, and tells its descriptor, which Deno keeps to itself. */
async function openLocked(
  path: string,
): Promise<{ readonly file: Deno.FsFile; readonly descriptor: number }> {
  for (;;) {
    const descriptor = openSync(path, "a+");
    closeSync(descriptor);
    // The lowest free one, as POSIX has it, is the one that became free just now.
    const file = Deno.openSync(path, { read: true, write: true });
    if (file.tryLockSync(true)) return { file, descriptor };
    file.close();
    await new Promise((resolve) => setTimeout(resolve, LOOK_INTERVAL_MS));
  }
}
