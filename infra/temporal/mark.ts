import { statSync } from "node:fs";
import { connect, type ServerAddress } from "./connection.ts";

/**
 * Which database a server has open, as the server itself says: in the data of its namespace, where
 * it was written when the server was ready.
 */

/** Key in the data of a namespace. */
export const MARK_KEY = "sluice-database";

/**
 * How long a server on a busy machine may take to say it. One that says nothing is told by its
 * process alone.
 */
const PATIENCE_MS = 5000;

/**
 * Tells a database file from every other of this machine, null where there is none. It stays the
 * same when the data directory is moved, and is another's in a copy of it.
 */
export function markOf(databaseFile: string): string | null {
  const stat = statSync(databaseFile, { throwIfNoEntry: false });
  return stat === undefined ? null : `${stat.dev}:${stat.ino}`;
}

/** What a server says, null where it says nothing. */
export async function readMark(server: ServerAddress): Promise<string | null> {
  const { namespace } = server;
  try {
    const connection = await connect(server, PATIENCE_MS);
    try {
      const { namespaceInfo } = await connection.workflowService.describeNamespace({ namespace });
      return namespaceInfo?.data?.[MARK_KEY] ?? null;
    } finally {
      await connection.close();
    }
  } catch {
    return null;
  }
}
