import type { Client, ConnectionLike } from "@temporalio/client";
import { join } from "node:path";
import { CodeChangedError, SluiceError } from "../../core/errors.ts";
import { connect, type Environment, type ServerAddress } from "../../infra/temporal/connection.ts";
import { answers } from "../../infra/temporal/ports.ts";
import { requireOpenFiles } from "../../infra/temporal/open_files.ts";
import { releaseOrphans } from "../../infra/temporal/orphans.ts";
import { endProcess, isAlive, type ProcessIdentity } from "../../infra/temporal/process.ts";
import { payloadConverter } from "../../infra/temporal/payload_converter.ts";
import { rememberServer, unnamedServer } from "../data/root_identity.ts";
import { nightlyQueues, queueNames } from "../run/run_identity.ts";
import { findDiskFault } from "./disk_fault.ts";
import { openClient } from "./open_client.ts";
import {
  drainWorker,
  openTemporalUi,
  provideServer,
  startWorker,
  temporalDirectory,
  type WorkerProcessOptions,
} from "./services.ts";
import { type ServerUse, shareServer } from "./shared_server.ts";
import type { BackgroundServer } from "./background_server.ts";
import { traceProcess, type Tracing } from "./trace_process.ts";
import { findDeadWorkers, hasWorker } from "./worker_registry.ts";

/** A worker that ends within this many ms did not get far. */
const EARLY_DEATH_MS = 60_000;

/** So many early deaths in a row have a cause that another start does not cure. */
const MOST_EARLY_DEATHS = 10;

/** Time after which the server itself has noticed the tasks of a dead worker (ms). */
const ORPHAN_PATIENCE_MS = 10_000;

/** Time that a server which runs may take to answer (ms). */
const CONNECT_PATIENCE_MS = 10_000;

/** Time that the server may take to answer a query about orphans (ms). */
const ORPHAN_DEADLINE_MS = 2000;

export interface SupervisorOptions {
  /** Absolute path of the data root. */
  readonly root: string;
  /** Variables of the process. */
  readonly environment: Environment;
  /** See `buildDigest()`. */
  readonly build: string;
  readonly worker: WorkerProcessOptions;
  /** Address that a server listens on which is started here; loopback if absent. */
  readonly host?: string;
  /** Content with a worker of this code that something else started, if it lasts as long. */
  readonly sharesWorkers: boolean;
  /** Returns the digest of the current code, if a worker of other code would be useless. */
  readonly currentBuild?: () => string;
  readonly onNote: (text: string) => void;
}

interface StartedWorker {
  readonly process: ProcessIdentity;
  /** Start time on the clock of `performance.now()` (ms). */
  readonly started: number;
}

/**
 * Server and worker of a data directory for as long as a command needs them: started where they are
 * not there, started again when they die, and ended where this command started them.
 */
export class Supervisor {
  /** Connection to the server, which recovers when the server is restarted. */
  readonly connection: ConnectionLike;
  readonly server: ServerAddress;
  /** Client on that connection, with the payloads of the data directory. */
  readonly client: Client;
  /** Traces of this process; null where nobody asked for them. */
  readonly tracing: Tracing | null;
  readonly #options: SupervisorOptions;
  readonly #use: ServerUse;
  #worker: StartedWorker | null;
  #ui: BackgroundServer | null = null;
  #earlyDeaths = 0;
  /**
   * Time until which orphans of dead workers are searched, on the clock of `performance.now()`
   * (ms).
   */
  #orphansUntil = performance.now() + ORPHAN_PATIENCE_MS;

  private constructor(
    options: SupervisorOptions,
    { use, server, client, tracing, worker }: {
      readonly use: ServerUse;
      readonly server: ServerAddress;
      readonly client: Client;
      readonly tracing: Tracing | null;
      readonly worker: StartedWorker | null;
    },
  ) {
    this.#options = options;
    this.#use = use;
    this.server = server;
    this.connection = client.connection;
    this.client = client;
    this.tracing = tracing;
    this.#worker = worker;
  }

  /** Provides the server, and the worker at the same time: both take a second to be there. */
  static async open(options: SupervisorOptions): Promise<Supervisor> {
    const { root, environment, host, onNote } = options;
    await requireOpenFiles();
    const dataConverter = payloadConverter(root, environment); // before anything is started
    const elsewhere = unnamedServer(root, environment);
    if (elsewhere !== null) onNote(elsewhere);
    const tracing = await traceProcess(environment, "sluice-command", onNote);
    const use = shareServer(root, environment);
    let worker: StartedWorker | null = null;
    const provideWorker = async () => {
      if (worker === null && lacksWorker(options)) worker = await start(options);
    };
    try {
      const { server } = await provideServer(root, {
        environment,
        onProgress: onNote,
        onStarting: provideWorker,
        ...(host === undefined ? {} : { host }),
      });
      await provideWorker();
      const connection = await connect(server, CONNECT_PATIENCE_MS, tracing?.plugins);
      const client = await openClient(connection, server, dataConverter);
      rememberServer(root, server);
      const supervisor = new Supervisor(options, { use, server, client, tracing, worker });
      await supervisor.superviseUi();
      return supervisor;
    } catch (error) {
      if (worker !== null) await endProcess((worker as StartedWorker).process, 0); // provideWorker() set it
      await use.release();
      throw error;
    }
  }

  /**
   * Starts the data directory's own server again where it died.
   *
   * @throws {SluiceError} If its port was taken meanwhile: whoever is connected waits at the old one
   */
  async superviseServer(): Promise<void> {
    if (!this.server.own) return;
    await this.superviseUi();
    const { root, environment, host } = this.#options;
    const { server, started } = await provideServer(root, {
      environment,
      ...(host === undefined ? {} : { host }),
    });
    const { address } = this.server;
    if (server.address !== address) {
      throw new SluiceError({
        action: "continue on the Temporal server",
        expected: `it at ${address}`,
        found: `it at ${server.address} after a restart`,
        remedy: "run the command again; committed work is kept",
      });
    }
    if (started) this.#options.onNote("The Temporal server died and was restarted");
  }

  /** Serves the server's web UI where no other command does. */
  async superviseUi(): Promise<void> {
    const { root, environment } = this.#options;
    this.#ui ??= await openTemporalUi(root, this.server, environment);
  }

  /**
   * Starts a worker if there is none, and again if it died: it then gets the dead worker's tasks at
   * once.
   *
   * @throws {CodeChangedError} If the code changed before it died
   * @throws {StoreAccessError} If it died and the disk is full or cannot be written: another would too
   */
  async superviseWorker(): Promise<void> {
    const died = this.#worker !== null && !isAlive(this.#worker.process);
    if (died) this.#forgetWorker();
    if (this.#worker === null && lacksWorker(this.#options)) {
      if (died) {
        this.#requireBuild();
        await requireDisk(this.#options.root);
        this.#options.onNote("The worker died and was restarted");
      }
      this.#worker = await start(this.#options);
      this.#orphansUntil = performance.now() + ORPHAN_PATIENCE_MS;
    }
    if (performance.now() < this.#orphansUntil) await this.#releaseOrphans();
  }

  #forgetWorker(): void {
    this.#countDeath(performance.now() - this.#worker!.started); // superviseWorker() saw it
    this.#worker = null;
    this.#orphansUntil = performance.now() + ORPHAN_PATIENCE_MS;
  }

  /** Releases the tasks of dead workers; if it fails, the next check tries again. */
  async #releaseOrphans(): Promise<void> {
    const { root, build, onNote } = this.#options;
    const taskQueues = [queueNames(root, build).workflows, ...nightlyQueues(root)];
    try {
      const released = await this.client.withDeadline(
        Date.now() + ORPHAN_DEADLINE_MS,
        () => releaseOrphans(this.client, { taskQueues, isDead: findDeadWorkers(root) }),
      );
      this.#orphansUntil = 0;
      if (released > 0) onNote(`Restarting tasks of a dead worker: ${released}`);
    } catch {
      // The server is away, or tells nobody of its workflows: it finds orphans by their silence.
    }
  }

  /** Describes disk, server and worker in a sentence without a full stop. */
  async examine(): Promise<string> {
    const { root, build } = this.#options;
    const disk = await findDiskFault(root);
    const server = await servesNow(this.server)
      ? "the server answers"
      : "the server does not answer";
    const worker = hasWorker(root, build) ? "a worker runs" : "no worker runs";
    const log = join(temporalDirectory(root), "worker.log");
    return `${
      disk?.message ?? "the data directory is writable"
    }, ${server}, ${worker}: read "${log}"`;
  }

  #requireBuild(): void {
    const { build, currentBuild } = this.#options;
    const found = currentBuild?.() ?? build;
    if (found === build) return;
    throw new CodeChangedError({
      action: "restart the worker of a run",
      expected: `build ${build.slice(0, 12)}`,
      found: found.slice(0, 12),
      remedy: "change the code back, or cancel the run and start it again; committed work is " +
        "reused",
    });
  }

  #countDeath(lived: number): void {
    this.#earlyDeaths = lived < EARLY_DEATH_MS ? this.#earlyDeaths + 1 : 0;
    if (this.#earlyDeaths < MOST_EARLY_DEATHS) return;
    throw new SluiceError({
      action: "keep a worker running",
      problem: `it died ${this.#earlyDeaths} times within a minute of its start`,
      remedy: `read "${temporalDirectory(this.#options.root)}/worker.log"`,
    });
  }

  /**
   * Lets the worker that this command started commit work in progress and ends it, then ends the
   * server if nobody else uses it.
   *
   * @param kill Ends the worker at once
   */
  async close(kill?: AbortSignal): Promise<void> {
    const worker = this.#worker?.process;
    if (worker !== undefined) {
      const killWorker = () => endProcess(worker, 0);
      kill?.addEventListener("abort", killWorker);
      if (kill?.aborted) await killWorker();
      await drainWorker(worker);
      kill?.removeEventListener("abort", killWorker);
    }
    await this.#ui?.close();
    await this.tracing?.close();
    // Before the server ends: its farewell on an open HTTP/2 session ends Deno 2.9.6 by an assertion.
    await this.connection.close();
    await this.#use.release();
  }

  /** Detaches from the server and the worker, which run on. */
  async detach(): Promise<void> {
    await this.#ui?.close();
    await this.tracing?.close();
    await this.connection.close();
  }
}

/** @throws {StoreAccessError} If nothing can be written below a data directory */
async function requireDisk(root: string): Promise<void> {
  const fault = await findDiskFault(root);
  if (fault !== null) throw fault;
}

/** Whether a server lets anyone connect. */
async function servesNow({ address }: ServerAddress): Promise<boolean> {
  const [host = "", port = ""] = address.split(/:(?=\d+$)/);
  return await answers({ host, port: Number(port) });
}

/** Whether nothing works for a data directory that lasts as long as the command needs it. */
function lacksWorker({ root, build, worker, sharesWorkers }: SupervisorOptions): boolean {
  return !sharesWorkers || !hasWorker(root, build, { lasting: worker.lasting });
}

async function start({ root, worker, environment }: SupervisorOptions): Promise<StartedWorker> {
  const process = await startWorker(root, worker, environment);
  return { process, started: performance.now() };
}
