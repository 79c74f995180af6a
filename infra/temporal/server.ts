import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { InvalidInputError, MissingToolError } from "../../core/errors.ts";
import { connect, type ServerAddress } from "./connection.ts";
import { withLock } from "./lock.ts";
import { markOf, readMark } from "./mark.ts";
import { SEARCH_ATTRIBUTE_NAMES, setUpNamespace } from "./namespace.ts";
import { answers, findFreePort, LOOPBACK } from "./ports.ts";
import { endProcess, isAlive, type ProcessIdentity, startDetached } from "./process.ts";

/** Name of the server's log in its directory. */
export const SERVER_LOG = "server.log";

/** Ports of Temporal's development server; the next free ones where they are taken. */
const GRPC_PORT = 7233;
const UI_PORT = 8233;

/** The one that a development server has from its start. */
const NAMESPACE = "default";

/**
 * Inner queues of the server through which each step of a workflow passes, a few in a row, and how
 * often a second it may look into one. By default that is 20 times: a workflow that goes on quickly
 * would wait up to 50 ms at every step.
 */
const PROMPT_QUEUES = ["transfer", "timer"];
const QUEUE_READS_PER_SECOND = 1000;

/** How long a server may take to answer: a database of a year of nightly runs is slow to open. */
const READY_TIMEOUT_MS = 60_000;

/** How long a server that someone else was killed over may take to listen. */
const BINDING_PATIENCE_MS = 5_000;

/** What `server.json` in the data directory says of its server. */
interface ServerState extends ProcessIdentity {
  /** Address that it listens on. */
  readonly host: string;
  readonly port: number;
  readonly uiPort: number;
}

export interface ServerOptions {
  /** Gives the executable when a server must be started. */
  readonly executable: () => Promise<string>;
  /** Address to listen on; loopback where absent. There is no authentication. */
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
 */
export async function ensureServer(
  directory: string,
  options: ServerOptions,
): Promise<{ readonly server: ServerAddress; readonly started: boolean }> {
  await mkdir(directory, { recursive: true });
  return await withLock(lockFile(directory), async () => {
    const known = await readState(directory);
    if (known !== null && await isServing(known, directory, BINDING_PATIENCE_MS)) {
      requireHost(known, options.host);
      return { server: addressOf(known), started: false };
    }
    const executable = await options.executable();
    options.onProgress?.("Starting the Temporal server");
    const state = await withLock(
      portsLockFile(),
      () => startServer(directory, { executable, known, host: options.host ?? LOOPBACK }),
    );
    return { server: addressOf(state), started: true };
  });
}

/** The server of a data directory, null where none runs. */
export async function findServer(directory: string): Promise<ServerAddress | null> {
  const state = await readState(directory);
  return state !== null && await isServing(state, directory) ? addressOf(state) : null;
}

/** Ends the server of a data directory. @returns Whether there was one */
export async function stopServer(directory: string): Promise<boolean> {
  if (await readState(directory) === null) return false;
  return await withLock(lockFile(directory), async () => {
    const state = await readState(directory);
    if (state === null || !await isServing(state, directory)) return false;
    // What the server has answered is in its database: each answer follows a transaction of SQLite's.
    // Its own way to end adds nothing to that but a second of waiting.
    await endProcess(state, 0);
    return true;
  });
}

/** What the server of a directory keeps: workflows and schedules, ended and under way. */
export function databaseFile(directory: string): string {
  return join(directory, "temporal.db");
}

function requireHost({ host }: ServerState, wanted: string | undefined): void {
  if (wanted === undefined || wanted === host) return;
  throw new InvalidInputError(
    `Cannot listen on ${wanted}: expected no server of this data directory, found one that listens ` +
      `on ${host}: stop it by "deno task down" first`,
  );
}

/** Held by whoever starts or ends the server of a directory. */
function lockFile(directory: string): string {
  return join(directory, "server.lock");
}

/** Held from the choice of a port until a server listens there: two must not choose the same. */
function portsLockFile(): string {
  return join(tmpdir(), `sluice-ports-${userInfo().uid}.lock`);
}

/**
 * Whether the server that a state names is there. Its pid and port alone do not say so: in a
 * container that was made anew, after long, or in a copy of a directory, they are another's. One
 * that was not marked yet, because its starter was killed, is taken by them all the same.
 *
 * @param patienceMs How long a process of that pid may take to listen
 */
async function isServing(
  state: ServerState,
  directory: string,
  patienceMs = 0,
): Promise<boolean> {
  const host = reachableHost(state);
  for (let waited = 0; isAlive(state); waited += 100) {
    if (await answers({ host, port: state.port })) {
      const mark = await markSaidBy(state);
      return mark === null || mark === markOf(databaseFile(directory));
    }
    if (waited >= patienceMs) return false;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return false;
}

/** Marks that servers have said: each says the same for as long as its process lives. */
const SAID = new Map<string, string>();

async function markSaidBy(state: ServerState): Promise<string | null> {
  const name = `${state.pid} ${state.boot} ${state.port}`;
  const mark = SAID.get(name) ?? await readMark(addressOf(state));
  if (mark !== null) SAID.set(name, mark);
  return mark;
}

async function startServer(
  directory: string,
  { executable, known, host }: {
    readonly executable: string;
    readonly known: ServerState | null;
    readonly host: string;
  },
): Promise<ServerState> {
  const port = await findFreePort(known?.port ?? GRPC_PORT, host);
  const uiPort = await findFreePort(known?.uiPort ?? UI_PORT, host);
  const place = { host, port, uiPort };
  const identity = await startDetached(executable, serverArguments(directory, place), {
    cwd: directory,
    log: join(directory, SERVER_LOG),
  });
  const state = { ...identity, ...place };
  await writeState(directory, state);
  await waitUntilReady(state, directory);
  return state;
}

function serverArguments(
  directory: string,
  { host, port, uiPort }: Omit<ServerState, keyof ProcessIdentity>,
): string[] {
  return [
    "server",
    "start-dev",
    "--headless=false",
    ...["--ip", host],
    ...["--port", String(port)],
    ...["--ui-port", String(uiPort)],
    ...["--db-filename", databaseFile(directory)],
    ...["--log-level", "warn"],
    ...SEARCH_ATTRIBUTE_NAMES.flatMap((name) => ["--search-attribute", `${name}=Keyword`]),
    ...PROMPT_QUEUES.flatMap((queue) => [
      "--dynamic-config-value",
      `history.${queue}ProcessorMaxPollRPS=${QUEUE_READS_PER_SECOND}`,
    ]),
  ];
}

/** Where this machine reaches a server: one that listens everywhere listens on loopback too. */
function reachableHost({ host }: Pick<ServerState, "host">): string {
  return host === "0.0.0.0" ? LOOPBACK : host;
}

function addressOf(state: ServerState): ServerAddress {
  const host = reachableHost(state);
  return {
    address: `${host}:${state.port}`,
    namespace: NAMESPACE,
    ui: `http://${host}:${state.uiPort}`,
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
        await setUpNamespace(connection, NAMESPACE, markOf(databaseFile(directory)));
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
      `"${join(directory, SERVER_LOG)}"`,
  );
}

async function readState(directory: string): Promise<ServerState | null> {
  try {
    return {
      host: LOOPBACK,
      ...JSON.parse(await readFile(join(directory, "server.json"), "utf8")),
    };
  } catch {
    return null; // not there, or cut off by a crash: then a server is started
  }
}

async function writeState(directory: string, state: ServerState): Promise<void> {
  const file = join(directory, "server.json");
  await writeFile(`${file}.tmp`, JSON.stringify(state) + "\n");
  await rename(`${file}.tmp`, file);
}
