import { chmodSync, existsSync, readFileSync, rmSync, statSync } from "node:fs";
import { execFile } from "node:child_process";
import { open, rename } from "node:fs/promises";
import { join } from "node:path";
import { DamagedStoreError, messageOf } from "../../core/errors.ts";
import { givenEnvironment } from "../given_environment.ts";

/** Reads what is recorded, and what the system knows, of the server of a data directory. */

/** Content of `server.json` in the data directory. */
export interface ServerState {
  /** Null from before it is started until it is. */
  readonly pid: number | null;
  /** Address that it listens on. */
  readonly host: string;
  readonly port: number;
  readonly uiPort: number;
  /** Whether a server has answered on this directory, so that its database holds something. */
  readonly hasServed: boolean;
}

/** Address of a server. */
export type ServerPlace = Pick<ServerState, "host" | "port" | "uiPort">;

/** Returns the path of a server's database: workflows and schedules, ended and running. */
export function databaseFile(directory: string): string {
  return join(directory, "temporal.db");
}

function stateFile(directory: string): string {
  return join(directory, "server.json");
}

/**
 * Reads the record of a directory's server, null if there is none.
 *
 * @throws {DamagedStoreError} If the file is anything else
 */
export function readState(directory: string): ServerState | null {
  const path = stateFile(directory);
  if (!existsSync(path)) return null;
  let found: unknown;
  try {
    found = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw damaged(path, messageOf(error));
  }
  const state = {
    host: "127.0.0.1",
    pid: null,
    hasServed: false,
    ...found as Partial<ServerState>,
  }; // checked below
  const isPort = (port: unknown) =>
    Number.isInteger(port) && Number(port) > 0 && Number(port) < 2 ** 16;
  const { pid, host, port, uiPort } = state;
  if (!isPort(port)) throw damaged(path, `port ${JSON.stringify(port)}`);
  if (!isPort(uiPort)) throw damaged(path, `uiPort ${JSON.stringify(uiPort)}`);
  if (typeof host !== "string") throw damaged(path, `host ${JSON.stringify(host)}`);
  if (pid !== null && !(Number.isInteger(pid) && pid > 1)) {
    throw damaged(path, `pid ${JSON.stringify(pid)}`);
  }
  return state as ServerState; // all parts are there now
}

function damaged(path: string, found: string): DamagedStoreError {
  return new DamagedStoreError({
    action: "read",
    place: path,
    expected: "where the Temporal server listens",
    found,
    remedy: "remove the file; the server is found or started without it",
  });
}

/** Writes it whole, and to the disk: a crash leaves the old or the new. */
export async function writeState(directory: string, state: ServerState): Promise<void> {
  const path = stateFile(directory), temporary = `${path}.tmp`;
  const file = await open(temporary, "w", 0o600);
  try {
    await file.writeFile(JSON.stringify(state) + "\n");
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
}

/** Start of every SQLite database. */
const MAGIC = "SQLite format 3\0";

/**
 * Rejects a file that is not a database, if a server has used it: the server would start with
 * nothing, silently. One that was killed at its first start leaves an empty file, which is removed.
 *
 * @throws {DamagedStoreError} If it is none
 */
export function requireDatabase(directory: string, hasServed: boolean): void {
  const path = databaseFile(directory);
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return;
  if (stat.isFile() && stat.size === 0 && !hasServed) return rmSync(path); // no server starts on it
  const found = stat.isDirectory()
    ? "a directory"
    : stat.size === 0
    ? "an empty file"
    : readFileSync(path).subarray(0, MAGIC.length).toString("latin1") === MAGIC
    ? null
    : "other bytes";
  if (found === null) return;
  throw new DamagedStoreError({
    action: "open",
    place: path,
    expected: "the database of the Temporal server",
    found,
    remedy:
      "put it back, or remove it: runs under way and schedules are forgotten then, and what " +
      "is committed stays",
  });
}

/**
 * Takes a database of an earlier version, and its companions, from other users, whatever becomes of
 * the directory around it.
 */
export function makeDatabasePrivate(directory: string): void {
  for (const suffix of ["", "-wal", "-shm"]) {
    const file = databaseFile(directory) + suffix;
    if (existsSync(file)) chmodSync(file, 0o600);
  }
}

/** A server process that has a database open. */
export interface ServerProcess extends ServerPlace {
  readonly pid: number;
}

/**
 * Finds the servers of this machine that were started with the database of a directory, by the
 * system's list of processes; none if there is no list.
 */
export async function findServerProcesses(directory: string): Promise<readonly ServerProcess[]> {
  const database = ` --db-filename ${databaseFile(directory)} `;
  return (await listProcesses()).flatMap((line) => {
    const { pid, command } = parseProcess(line);
    if (!` ${command} `.includes(database) || !command.includes(" start-dev ")) return [];
    const value = (flag: string) => new RegExp(` --${flag} (\\S+)`).exec(command)?.[1];
    const place = {
      host: value("ip"),
      port: Number(value("port")),
      uiPort: Number(value("ui-port")),
    };
    return place.host === undefined ? [] : [{ ...place, host: place.host, pid: Number(pid) }];
  });
}

/**
 * Whether a pid can be that of a server, as far as the system's list of processes says: that of a
 * server in another container belongs to another process here, or to none.
 */
export async function canBeServer(pid: number): Promise<boolean> {
  const processes = (await listProcesses()).map(parseProcess);
  if (processes.length === 0) return true; // there is no list
  const found = processes.find((process) => process.pid === String(pid));
  return found?.command.includes(" start-dev ") ?? false;
}

function parseProcess(line: string): { readonly pid: string; readonly command: string } {
  const [, pid = "", command = ""] = /^\s*(\d+)\s+(.*)$/.exec(line) ?? [];
  return { pid, command };
}

/** Pid and command line of every process, a line each. */
function listProcesses(): Promise<readonly string[]> {
  return new Promise((resolve) => {
    const options = { maxBuffer: 2 ** 26, env: givenEnvironment() };
    try {
      execFile("ps", ["axww", "-o", "pid=,args="], options, (error, output) => {
        resolve(error === null ? output.split("\n") : []);
      });
    } catch {
      resolve([]); // not permitted
    }
  });
}
