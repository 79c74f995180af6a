import { homedir } from "node:os";
import { join } from "node:path";
import type { Environment } from "../../infra/temporal/connection.ts";

/**
 * Returns the directory of downloaded programs, bundled code and working roots, for all data
 * directories of this user.
 */
export function cacheDirectory(environment: Environment): string {
  return join(environment["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "sluice");
}
