import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { MissingToolError } from "../../core/errors.ts";
import { connect, type ServerAddress } from "./connection.ts";
import { SEARCH_ATTRIBUTE_NAMES, setRetention } from "./namespace.ts";
import { findFreePort } from "./ports.ts";
import { endProcess, isAlive, type ProcessIdentity, startDetached } from "./process.ts";

/** Ports of Temporal's development server; the next free ones where they are taken. */
const GRPC_PORT = 7233;
const UI_PORT = 8233;

/** How long a server may take to answer: a database of a year of nightly runs is slow to open. */
const READY_TIMEOUT_MS = 60_000;

/** How long a server may take to flush its database when asked to end. */
const END_PATIENCE_MS = 10_000;

/** What `server.json` in the data directory says of its server. */
interface ServerState extends ProcessIdentity {
  readonly port: number;
  readonly uiPort: number;
}

export interface ServerOptions {
  /** Gives the executable when a server must be started. */
  readonly executable: () => Promise<string>;
  readonly onProgress?: (message: string) => void;
}

/**
 * The server of a data directory: the one that runs, or one started now with the directory's
 * database, on the ports that it had before where they are free. Each data directory has one.
 *
 * @param directory Absolute path of `<data root>/temporal`
 * @returns Where it answers, and whether this call started it
 */
export async function ensureServer(
  directory: string,
  options: ServerOptions,
): Promise<{ readonly server: ServerAddress; readonly started: boolean }> {
  await mkdir(directory, { recursive: true });
  return await withLock(join(directory, "server.lock"), async () => {
    const known = await readState(directory);
    if (known !== null && isAlive(known)) return { server: addressOf(known), started: false };
    const executable = await options.executable();
    options.onProgress?.("Starting the Temporal server");
    const port = await findFreePort(known?.port ?? GRPC_PORT);
    const uiPort = await findFreePort(known?.uiPort ?? UI_PORT);
    const identity = await startDetached(executable, serverArguments(directory, port, uiPort), {
      log: join(directory, "server.log"),
    });
    const state = { ...identity, port, uiPort };
    await writeState(directory, state);
    await waitUntilReady(state, directory);
    return { server: addressOf(state), started: true };
  });
}

/** The server of a data directory, null where none runs. */
export async function findServer(directory: string): Promise<ServerAddress | null> {
  const state = await readState(directory);
  return state !== null && isAlive(state) ? addressOf(state) : null;
}

/** Ends the server of a data directory. @returns Whether there was one */
export async function stopServer(directory: string): Promise<boolean> {
  const state = await readState(directory);
  if (state === null || !isAlive(state)) return false;
  await endProcess(state, END_PATIENCE_MS);
  return true;
}

function serverArguments(directory: string, port: number, uiPort: number): string[] {
  return [
    "server",
    "start-dev",
    "--headless=false",
    ...["--ip", "127.0.0.1"],
    ...["--port", String(port)],
    ...["--ui-port", String(uiPort)],
    ...["--db-filename", join(directory, "temporal.db")],
    ...["--log-level", "warn"],
    ...SEARCH_ATTRIBUTE_NAMES.flatMap((name) => ["--search-attribute", `${name}=Keyword`]),
  ];
}

function addressOf({ port, uiPort }: ServerState): ServerAddress {
  return {
    address: `127.0.0.1:${port}`,
    namespace: "default",
    ui: `http://127.0.0.1:${uiPort}`,
    own: true,
  };
}

async function waitUntilReady(state: ServerState, directory: string): Promise<void> {
  const server = addressOf(state);
  for (let waited = 0; waited < READY_TIMEOUT_MS; waited += 100) {
    if (!isAlive(state)) break;
    try {
      const connection = await connect(server, 1000);
      try {
        await setRetention(connection, server.namespace);
        return;
      } finally {
        await connection.close();
      }
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  await endProcess(state, 0);
  throw new MissingToolError(
    `Cannot start the Temporal server: expected an answer at ${server.address}, found none: read ` +
      `"${join(directory, "server.log")}"`,
  );
}

async function readState(directory: string): Promise<ServerState | null> {
  try {
    return JSON.parse(await readFile(join(directory, "server.json"), "utf8"));
  } catch {
    return null; // not there, or cut off by a crash: then a server is started
  }
}

async function writeState(directory: string, state: ServerState): Promise<void> {
  const file = join(directory, "server.json");
  await writeFile(`${file}.tmp`, JSON.stringify(state) + "\n");
  await rename(`${file}.tmp`, file);
}

/** Lets one process at a time start a server; the system releases the lock of one that dies. */
async function withLock<Result>(file: string, work: () => Promise<Result>): Promise<Result> {
  using lock = await Deno.open(file, { write: true, create: true });
  await lock.lock(true);
  return await work();
}
