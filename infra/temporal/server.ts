import { existsSync } from "node:fs";
import { join } from "node:path";
import { InvalidInputError, MissingToolError } from "../../core/errors.ts";
import { givenEnvironment } from "../given_environment.ts";
import { makePrivateDirectory } from "../private_file.ts";
import { connect, type ServerAddress } from "./connection.ts";
import { clusterIdOf, createHttpApi, httpApiArguments, readHttpApi } from "./http_api.ts";
import { journalArguments } from "./journal.ts";
import { isHeld, startHolding } from "./life_lock.ts";
import { withLock } from "./lock.ts";
import { SEARCH_ATTRIBUTE_NAMES, setUpNamespace } from "./namespace.ts";
import { answers, findFreePort, isFree, LOOPBACK, withPortsLock } from "./ports.ts";
import { endProcess, isAlive, startDetached } from "./process.ts";
import {
  canBeServer,
  databaseFile,
  findServerProcesses,
  makeDatabasePrivate,
  readState,
  requireDatabase,
  type ServerPlace,
  type ServerState,
  writeState,
} from "./server_state.ts";

export { databaseFile } from "./server_state.ts";

/** Name of the server's log in its directory. */
export const SERVER_LOG = "server.log";

/** Ports of Temporal's development server; the next free ones where they are taken. */
const GRPC_PORT = 7233;
const UI_PORT = 8233;

/** The one that a development server has from its start. */
const NAMESPACE = "default";

/**
 * Inner queues of the server through which each step of a workflow passes, several in a row, and
 * how often per second it may poll one. The default is 20 times: a fast workflow would wait up to
 * 50 ms at every step.
 */
const PROMPT_QUEUES = ["transfer", "timer"];
const QUEUE_READS_PER_SECOND = 1000;

/**
 * Time that a server may take to answer: a database of a year of nightly runs is slow to open (ms).
 */
const READY_TIMEOUT_MS = 60_000;

export interface ServerOptions {
  /** Gives the executable when a server must be started. */
  readonly executable: () => Promise<string>;
  /** Absolute path of the user's cache, where servers of all data directories share a lock. */
  readonly cache: string;
  /** Address to listen on; loopback if absent. There is no authentication. */
  readonly host?: string;
  readonly onProgress?: (message: string) => void;
}

/**
 * The server of a data directory: the one that runs, or one started now with the directory's
 * database, on the ports that it had before where they are free. Each data directory has one.
 *
 * @param directory Absolute path of `<data root>/temporal`
 * @returns Where it answers, and whether this call started it
 * @throws {InvalidInputError} If it runs, and listens on another address than the one asked for
 * @throws {DamagedStoreError} If what is kept of it is damaged
 * @throws {MissingToolError} If it does not answer
 */
export async function ensureServer(
  directory: string,
  options: ServerOptions,
): Promise<{ readonly server: ServerAddress; readonly started: boolean }> {
  makePrivateDirectory(directory); // its database and logs too
  return await withLock(lockFile(directory), async () => {
    const running = await runningState(directory);
    if (running !== null) {
      requireHost(running, options.host);
      try {
        await waitUntilReady(running, directory);
        return { server: addressOf(running), started: false };
      } catch (error) {
        // Its command died while it started, and then it did: another server is started.
        if (lives(running, directory)) throw error;
      }
    }
    const known = readState(directory);
    requireDatabase(directory, known?.hasServed ?? false);
    makeDatabasePrivate(directory);
    const executable = await options.executable();
    options.onProgress?.("Starting the Temporal server");
    const state = await withPortsLock(
      [options.cache, directory],
      () => startServer(directory, { executable, known, host: options.host ?? LOOPBACK }),
    );
    return { server: addressOf(state), started: true };
  });
}

/** Whether the server of a data directory lives, even if it does not answer. */
export function runsOwnServer(directory: string): boolean {
  return isHeld(lifeLockFile(directory));
}

/** The server of a data directory that listens, null if none does. */
export async function findServer(directory: string): Promise<ServerAddress | null> {
  if (!isHeld(lifeLockFile(directory))) return null;
  const state = readState(directory);
  if (state === null) return null; // it is found when someone needs it
  return await answers({ ...state, host: reachableHost(state) }) ? addressOf(state) : null;
}

/**
 * Ends the server of a data directory, and every other that has its database open.
 *
 * @returns Whether there was one
 * @throws {DamagedStoreError} If what is written of it is damaged; it was ended all the same
 */
export async function stopServer(directory: string): Promise<boolean> {
  if (!existsSync(directory)) return false;
  return await withLock(lockFile(directory), async () => {
    const pids = new Set((await findServerProcesses(directory)).map(({ pid }) => pid));
    let damage: unknown = null;
    try {
      const state = isHeld(lifeLockFile(directory)) ? readState(directory) : null;
      const pid = state?.pid ?? null;
      if (pid !== null && !pids.has(pid) && await canBeServer(pid)) pids.add(pid);
    } catch (error) {
      damage = error;
    }
    // What the server has answered is in its database: each answer follows a transaction of SQLite's.
    // Its own way to end adds nothing to that but a second of waiting.
    for (const pid of pids) await endProcess({ pid }, 0);
    if (damage !== null) throw damage;
    return pids.size > 0;
  });
}

function requireHost({ host }: ServerPlace, wanted: string | undefined): void {
  if (wanted === undefined || wanted === host) return;
  throw new InvalidInputError({
    action: `listen on ${wanted}`,
    expected: "no server of this data directory",
    found: `one that listens on ${host}`,
    remedy: 'stop it by "deno task down" first',
  });
}

/** Returns the file that is locked while the server of a directory is started or ended. */
function lockFile(directory: string): string {
  return join(directory, "server.lock");
}

/**
 * Returns the file that the server itself locks. Its pid and port do not prove that it lives: in a
 * recreated container, after a long time, or in a copy of a directory, they belong to another
 * process.
 */
function lifeLockFile(directory: string): string {
  return join(directory, "server.alive");
}

/**
 * Finds the running server of a directory, whatever the records say; null if there is none. A
 * server of an earlier version holds no lock, and is found by its open database.
 */
async function runningState(directory: string): Promise<ServerState | null> {
  const isLocked = isHeld(lifeLockFile(directory));
  const known = readState(directory);
  if (isLocked && known?.pid != null) return known;
  const [found] = await findServerProcesses(directory);
  if (found === undefined) return isLocked ? known : null;
  const state = { ...found, hasServed: known?.hasServed ?? true };
  await writeState(directory, state);
  return state;
}

interface StartOptions {
  readonly executable: string;
  readonly known: ServerState | null;
  readonly host: string;
}

/** Ports are free when they are chosen; another program may be quicker to listen there. */
const PORT_TRIES = 3;

async function startServer(directory: string, options: StartOptions): Promise<ServerState> {
  for (let count = 1;; count++) {
    try {
      return await tryServer(directory, options);
    } catch (error) {
      if (count === PORT_TRIES || isHeld(lifeLockFile(directory))) throw error;
    }
  }
}

async function tryServer(
  directory: string,
  { executable, known, host }: StartOptions,
): Promise<ServerState> {
  const { port, uiPort } = await choosePorts(known?.port ?? GRPC_PORT, host, known?.uiPort);
  const planned = { pid: null, host, port, uiPort, hasServed: known?.hasServed ?? false };
  // Before it lives: whoever finds it alive finds it there.
  await writeState(directory, planned);
  const api = await createHttpApi(directory, host);
  const args = [...serverArguments(directory, planned), ...httpApiArguments(api)];
  const { pid } = await startHolding(
    lifeLockFile(directory),
    (input) =>
      startDetached(executable, args, {
        cwd: directory,
        log: join(directory, SERVER_LOG),
        env: givenEnvironment(["libraries"]),
        isPrivate: true,
        input,
      }),
  );
  const state = { ...planned, pid };
  await writeState(directory, state);
  try {
    await waitUntilReady(state, directory);
    return state;
  } catch (error) {
    // One that lives and does not answer is left for a person to look at, and for "down".
    if (!isHeld(lifeLockFile(directory))) await endProcess({ pid }, 0);
    throw error;
  }
}

/**
 * Chooses a free port, and the one for the UI that belongs to it: nothing listens on that except
 * while a command shows the UI, so the first tells it apart from those of other servers.
 */
async function choosePorts(
  first: number,
  host: string,
  ownUi?: number,
): Promise<{ readonly port: number; readonly uiPort: number }> {
  const port = await findFreePort(first, host), uiPort = port + UI_PORT - GRPC_PORT;
  // Of a server that died, the command that starts it again may still serve the UI.
  if (uiPort === ownUi || await isFree({ host: LOOPBACK, port: uiPort })) return { port, uiPort };
  return await choosePorts(port + 1, host);
}

function serverArguments(
  directory: string,
  { host, port, uiPort }: ServerPlace,
): string[] {
  return [
    "server",
    "start-dev",
    "--headless", // its UI answers to any host name: see http_api.ts
    ...["--ip", host],
    ...["--port", String(port)],
    ...["--ui-port", String(uiPort)],
    ...["--db-filename", databaseFile(directory)],
    ...journalArguments(directory),
    ...["--log-level", "warn"],
    ...SEARCH_ATTRIBUTE_NAMES.flatMap((name) => ["--search-attribute", `${name}=Keyword`]),
    ...PROMPT_QUEUES.flatMap((queue) => [
      "--dynamic-config-value",
      `history.${queue}ProcessorMaxPollRPS=${QUEUE_READS_PER_SECOND}`,
    ]),
  ];
}

/**
 * Returns the host at which this machine reaches a server: one that listens on every address
 * listens on loopback too.
 */
function reachableHost({ host }: Pick<ServerPlace, "host">): string {
  return host === "0.0.0.0" ? LOOPBACK : host;
}

function addressOf(state: ServerPlace): ServerAddress {
  const host = reachableHost(state);
  return {
    address: `${host}:${state.port}`,
    namespace: NAMESPACE,
    ui: `http://${LOOPBACK}:${state.uiPort}`,
    own: true,
  };
}

/** Whether the process of a server lives. */
function lives({ pid }: ServerState, directory: string): boolean {
  return isHeld(lifeLockFile(directory)) || pid !== null && isAlive({ pid });
}

/** Servers of this process that have answered: each does as long as it lives. */
const READY = new Set<string>();

/** Waits until a server answers that lives, and sets up its namespace, once. */
async function waitUntilReady(state: ServerState, directory: string): Promise<void> {
  const server = addressOf(state), name = `${directory} ${state.pid} ${state.port}`;
  if (READY.has(name)) return;
  let found = "none";
  for (let waited = 0; waited < READY_TIMEOUT_MS && lives(state, directory); waited += 100) {
    try {
      const connection = await connect(server, 1000);
      try {
        if (await isOwnAnswer(connection, state, directory)) {
          await setUpNamespace(connection, NAMESPACE);
          if (!state.hasServed) await writeState(directory, { ...state, hasServed: true });
          if (state.pid !== null) READY.add(name);
          return;
        }
        found = "that of another server";
      } finally {
        await connection.close();
      }
    } catch {
      // It does not answer yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new MissingToolError({
    action: "use the Temporal server",
    expected: `an answer at ${server.address}`,
    found,
    remedy: `read "${join(directory, SERVER_LOG)}"; "deno task down" ends it`,
  });
}

/**
 * Whether it is the server of a directory that answers. Another one may have been quicker to listen
 * on the same ports while this one starts, which ends as soon as it tries to. Only its own HTTP API
 * knows its secret name, and both must be of one cluster.
 */
async function isOwnAnswer(
  { workflowService }: Awaited<ReturnType<typeof connect>>,
  state: ServerState,
  directory: string,
): Promise<boolean> {
  const api = readHttpApi(directory);
  if (api === null) return lives(state, directory); // of an earlier version
  const { clusterId } = await workflowService.getClusterInfo({});
  return clusterId === await clusterIdOf(api, reachableHost(state)) && lives(state, directory);
}
