import { mkdirSync } from "node:fs";
import { join } from "node:path";
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

/**
 * Announces that this process uses the server of a data directory, before it checks whether one
 * runs. A kernel lock does so, which a kill releases.
 *
 * @param root Absolute path of the data root
 */
export function shareServer(root: string): ServerUse {
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
