import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { addressFromEnvironment, type Environment } from "../../infra/temporal/connection.ts";
import { stopServer } from "../../infra/temporal/server.ts";
import { temporalDirectory } from "./services.ts";
import { listWorkers } from "./worker_registry.ts";

/** The use that a command makes of its data directory's own server. */
export interface ServerUse {
  /**
   * Ends the use, and the server after its last use: it stays for other commands and for workers,
   * which `--keep` and "deno task up" leave running. The process that started it may have ended
   * long ago.
   */
  release(): Promise<void>;
}

/** Use of a server that is not the data directory's own: whoever named it also ends it. */
const NAMED: ServerUse = { release: () => Promise.resolve() };

/**
 * Announces that this process uses the server of a data directory, before it checks whether one
 * runs. A kernel lock does so, which a kill releases. A server that the environment names needs no
 * announcement, and a file system without such locks is then enough.
 *
 * @param root Absolute path of the data root
 * @param environment Variables of the process
 */
export function shareServer(root: string, environment: Environment): ServerUse {
  if (addressFromEnvironment(environment) !== null) return NAMED;
  const folder = temporalDirectory(root);
  mkdirSync(folder, { recursive: true });
  // Over NFS a lock must fit the mode of the descriptor: shared needs reading, exclusive writing.
  const users = Deno.openSync(join(folder, "users.lock"), {
    read: true,
    write: true,
    create: true,
  });
  users.lockSync(false); // shared; waits while another ends the server
  return {
    async release() {
      users.unlockSync();
      try {
        if (users.tryLockSync(true) && listWorkers(root).length === 0) await stopServer(folder);
      } finally {
        users.close();
      }
    },
  };
}
