import { execFile } from "node:child_process";
import { givenEnvironment } from "../given_environment.ts";

/** The oldest version of the Temporal command line that was tried, and the first that may differ. */
const OLDEST = [1, 5], BEFORE = 2;

/** Time that a program may take to print its version (ms). */
const TIMEOUT_MS = 30_000;

/**
 * Refuses a `temporal` of a version that Sluice was not tried with.
 *
 * @param executable Its path
 * @throws {Error} If its version is another, or it says none
 */
export async function requireVersion(executable: string): Promise<void> {
  const found = await askVersion(executable);
  const [major = 0, minor = 0] = found?.split(".").map(Number) ?? [];
  const [oldest = 0, least = 0] = OLDEST;
  if (major < BEFORE && (major > oldest || major === oldest && minor >= least)) return;
  throw new Error(
    `expected version ${
      OLDEST.join(".")
    } or later of the Temporal command line, below ${BEFORE}.0, ` +
      `found ${found ?? "a program that does not say its version"}`,
  );
}

/**
 * Returns the version that it prints, `temporal version 1.9.1 (Server 1.32.0, UI 2.54.1)`; null if
 * it prints none.
 */
function askVersion(executable: string): Promise<string | null> {
  const options = { env: givenEnvironment(["libraries"]), timeout: TIMEOUT_MS };
  return new Promise((resolve) => {
    execFile(executable, ["--version"], options, (_error, output) => {
      resolve(/^temporal version v?(\d+\.\d+\.\d+)/m.exec(output)?.[1] ?? null);
    });
  });
}
