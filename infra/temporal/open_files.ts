import { execFile } from "node:child_process";
import { StoreAccessError } from "../../core/errors.ts";
import { givenEnvironment } from "../given_environment.ts";

/** Files that server and worker need to have open at once, with room for the threads of a few cores. */
const NEEDED = 256;

/**
 * Rejects a limit of open files with which a server and a worker would hang. Processes started here
 * may open as many files as the system allows this user, so a low soft limit does not matter.
 *
 * @throws {StoreAccessError} If the limit is too low
 */
export async function requireOpenFiles(): Promise<void> {
  const limit = await readHardLimit();
  if (limit === null || limit >= NEEDED) return;
  throw new StoreAccessError({
    action: "start a server and a worker",
    expected: `a limit of at least ${NEEDED} open files`,
    found: limit,
    remedy: 'raise it ("ulimit -n 4096") and run again',
  });
}

/** Files that a process of this user may have open at most; null if there is no limit. */
function readHardLimit(): Promise<number | null> {
  return new Promise((resolve) => {
    execFile("sh", ["-c", "ulimit -H -n"], { env: givenEnvironment() }, (error, output) => {
      const limit = Number(output.trim());
      resolve(error === null && Number.isInteger(limit) ? limit : null);
    });
  });
}
