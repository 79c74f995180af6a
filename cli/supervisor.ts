import { CodeChangedError, SluiceError } from "../core/errors.ts";
import type { ServerAddress } from "../infra/temporal/connection.ts";
import { endProcess, isAlive, type ProcessIdentity } from "../infra/temporal/process.ts";
import {
  drainWorker,
  provideServer,
  startWorker,
  temporalDirectory,
  type WorkerProcessOptions,
} from "./services.ts";
import { type ServerUse, shareServer } from "./shared_server.ts";
import { hasWorker } from "./worker_registry.ts";

/** A worker that ends within this many ms did not get far. */
const EARLY_DEATH_MS = 60_000;

/** So many early deaths in a row have a cause that another start does not cure. */
const MOST_EARLY_DEATHS = 10;

export interface SupervisorOptions {
  /** Absolute path of the data root. */
  readonly root: string;
  /** See `buildDigest()`. */
  readonly build: string;
  readonly worker: WorkerProcessOptions;
  /** Address that a server listens on which is started here; loopback where absent. */
  readonly host?: string;
  /** Content with a worker of this code that something else started, if it lasts as long. */
  readonly sharesWorkers: boolean;
  /** The digest of the code as it is now, where a worker of other code would be of no use. */
  readonly currentBuild?: () => string;
  readonly onNote: (text: string) => void;
}

/**
 * Server and worker of a data directory for as long as a command needs them: started where they are
 * not there, started again when they die, and ended where this command started them.
 */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #use: ServerUse;
  #worker: { readonly process: ProcessIdentity; readonly started: number } | null = null;
  #earlyDeaths = 0;
  readonly #server: ServerAddress;

  private constructor(options: SupervisorOptions, server: ServerAddress, use: ServerUse) {
    this.#options = options;
    this.#server = server;
    this.#use = use;
  }

  static async open(options: SupervisorOptions): Promise<Supervisor> {
    const { root, host, onNote } = options;
    const use = shareServer(root);
    try {
      const { server } = await provideServer(root, {
        onProgress: onNote,
        ...(host === undefined ? {} : { host }),
      });
      return new Supervisor(options, server, use);
    } catch (error) {
      await use.release();
      throw error;
    }
  }

  get server(): ServerAddress {
    return this.#server;
  }

  /**
   * Starts the data directory's own server again where it died.
   *
   * @throws {SluiceError} If its port was taken meanwhile: whoever is connected waits at the old one
   */
  async superviseServer(): Promise<void> {
    if (!this.#server.own) return;
    const { root, host } = this.#options;
    const { server, started } = await provideServer(root, host === undefined ? {} : { host });
    const { address } = this.#server;
    if (server.address !== address) {
      throw new SluiceError(
        `Cannot go on with the Temporal server: expected it at ${address}, found it at ` +
          `${server.address} after it had died: run the command again; what is committed is kept`,
      );
    }
    if (started) this.#options.onNote("The Temporal server had died and was started again");
  }

  /**
   * Starts a worker where there is none, and again where it died.
   *
   * @throws {CodeChangedError} If the code changed before it died
   */
  async superviseWorker(): Promise<void> {
    const { root, build, worker, sharesWorkers, onNote } = this.#options;
    if (this.#worker !== null && isAlive(this.#worker.process)) return;
    if (sharesWorkers && hasWorker(root, build, { lasting: worker.lasting })) return;
    if (this.#worker !== null) {
      this.#countDeath(performance.now() - this.#worker.started);
      this.#requireBuild();
      onNote("The worker had died and was started again");
    }
    this.#worker = { process: await startWorker(root, worker), started: performance.now() };
  }

  #requireBuild(): void {
    const { build, currentBuild } = this.#options;
    const found = currentBuild?.() ?? build;
    if (found === build) return;
    throw new CodeChangedError(
      `Cannot start the worker of a run again: expected build ${build.slice(0, 12)}, found ` +
        `${found.slice(0, 12)}: change the code back, or cancel the run and start it again; what ` +
        "is committed is used again",
    );
  }

  #countDeath(lived: number): void {
    this.#earlyDeaths = lived < EARLY_DEATH_MS ? this.#earlyDeaths + 1 : 0;
    if (this.#earlyDeaths < MOST_EARLY_DEATHS) return;
    throw new SluiceError(
      `Cannot keep a worker running: it died ${this.#earlyDeaths} times within a minute of its ` +
        `start: read "${temporalDirectory(this.#options.root)}/worker.log"`,
    );
  }

  /**
   * Lets the worker that this command started commit what is under way and ends it, then the server
   * where nobody else uses it.
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
    await this.#use.release();
  }
}
