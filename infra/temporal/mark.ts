import { Buffer } from "node:buffer";
import { get } from "node:http";
import { statSync } from "node:fs";
import type { Endpoint } from "./ports.ts";

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

/**
 * What a server says, null where it says nothing.
 *
 * @param ui Where its web UI listens, which passes questions on: sooner than a gRPC client is loaded
 */
export function readMark(ui: Endpoint, namespace: string): Promise<string | null> {
  return new Promise((resolve) => {
    const path = `/api/v1/namespaces/${namespace}`;
    const request = get({ ...ui, path, timeout: PATIENCE_MS, agent: false }, (response) => {
      const parts: Uint8Array[] = [];
      response.on("data", (part: Uint8Array) => parts.push(part));
      response.on("end", () => resolve(markIn(Buffer.concat(parts).toString())));
      response.on("error", () => resolve(null));
    });
    request.on("timeout", () => request.destroy());
    request.on("error", () => resolve(null));
  });
}

function markIn(text: string): string | null {
  try {
    const mark: unknown = JSON.parse(text).namespaceInfo?.data?.[MARK_KEY];
    return typeof mark === "string" ? mark : null;
  } catch {
    return null; // not the UI of a Temporal server
  }
}
