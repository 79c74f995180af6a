import type { RunSummary } from "../activities/types.ts";
import { messageOf } from "../core/errors.ts";
import { connect, type ServerAddress } from "../infra/temporal/connection.ts";
import { endProcess, isAlive, type ProcessIdentity } from "../infra/temporal/process.ts";
import { stopServer } from "../infra/temporal/server.ts";
import type { RunRequest } from "./pipeline_input.ts";
import type { ProgressView } from "./progress.ts";
import { RunClient } from "./run_client.ts";
import { drainWorker, provideServer, startWorker, temporalDirectory } from "./services.ts";
import { listWorkers } from "./worker_registry.ts";

/** Between two looks at a run, in ms: a bar moves smoothly, the server has nothing to do. */
const POLL_INTERVAL_MS = 400;

/** How a person stops a command; see `watchInterrupts()`. */
export interface Interrupts {
  /** The first: commit what is under way, leave the run resumable. */
  readonly drain: AbortSignal;
  /** The second: stop at once. */
  readonly kill: AbortSignal;
}

export interface CarryOutOptions extends RunRequest {
  /** Threads of the worker that is started. */
  readonly concurrency: number;
  /** Leave server and worker running and return at once. */
  readonly keep: boolean;
  readonly interrupts: Interrupts;
  readonly onProgress: (view: ProgressView) => void;
  readonly onNote: (text: string) => void;
}

/** Where a run can be seen. */
export interface TemporalPlace {
  readonly address: string;
  readonly namespace: string;
  readonly workflowId: string;
  readonly ui: string | null;
}

/** How a command's part in a run ended. */
export interface RunOutcome {
  /** `kept`: left running; `interrupted`: stopped by the person, resumable. */
  readonly status: RunSummary["status"] | "interrupted" | "kept";
  /** Present where the run itself ended and could say how. */
  readonly summary: RunSummary | null;
  readonly temporal: TemporalPlace;
}

/**
 * Runs a pipeline to its end, or goes on with the equal one under way: provides server and worker,
 * starts them again when they die, and leaves neither behind unless asked to.
 */
export async function carryOut(options: CarryOutOptions): Promise<RunOutcome> {
  const services = await Services.open(options);
  const { server } = services;
  const connection = await connect(server);
  try {
    const run = await RunClient.open(connection, server, options, options.onNote);
    if (run.attached) options.onNote(`Going on with ${run.workflowId}, which is under way`);
    const { address, namespace, ui } = server;
    const temporal = {
      address,
      namespace,
      workflowId: run.workflowId,
      ui: ui && `${ui}/namespaces/${namespace}/workflows/${run.workflowId}`,
    };
    await services.superviseWorker();
    const ending = options.keep
      ? { status: "kept", summary: null } as const
      : await watch(run, services, options);
    return { ...ending, temporal };
  } finally {
    // Before the server ends: its farewell on an open HTTP/2 session ends Deno 2.9.6 by an assertion.
    await connection.close();
    await services.close();
  }
}

type Ending = Pick<RunOutcome, "status" | "summary">;

/** Shows a run until it ends or the person interrupts. */
async function watch(
  run: RunClient,
  services: Services,
  { interrupts, onProgress }: CarryOutOptions,
): Promise<Ending> {
  let ending: Ending | null = null;
  endingOf(run).then((found) => ending = found);
  while (ending === null) {
    if (interrupts.drain.aborted) return { status: "interrupted", summary: null };
    await services.superviseServer();
    await services.superviseWorker();
    const view = await run.view();
    if (view !== null) onProgress(view);
    if (ending === null) await pause(POLL_INTERVAL_MS, interrupts.drain);
  }
  const view = await run.view();
  if (view !== null) onProgress(view);
  return ending;
}

/** The end of a run, however often the server goes away meanwhile. */
async function endingOf(run: RunClient): Promise<Ending> {
  for (;;) {
    try {
      const summary = await run.result();
      return { status: summary.status, summary };
    } catch (error) {
      const ending = endingOfFailure(error);
      if (ending !== null) return ending;
      await pause(POLL_INTERVAL_MS);
    }
  }
}

/** How a workflow failed, null where only the server did not answer. */
function endingOfFailure(error: unknown): Ending | null {
  if (!(error instanceof Error) || error.name !== "WorkflowFailedError") return null;
  const cause: unknown = error.cause;
  if (cause instanceof Error && cause.name === "CancelledFailure") {
    return { status: "cancelled", summary: null };
  }
  const details = (cause as { details?: readonly unknown[] } | undefined)?.details; // ApplicationFailure of workflows/pipeline.ts
  const found = details?.[0] as { summary?: RunSummary } | undefined;
  if (found?.summary) return { status: "failed", summary: found.summary };
  throw new Error(`Cannot end the run: ${messageOf(cause ?? error)}`);
}

/** Server and worker of one command. */
class Services {
  readonly #options: CarryOutOptions;
  readonly #startedServer: boolean;
  #worker: ProcessIdentity | null = null;
  #restarts = 0;
  server: ServerAddress;

  private constructor(options: CarryOutOptions, server: ServerAddress, startedServer: boolean) {
    this.#options = options;
    this.server = server;
    this.#startedServer = startedServer;
  }

  static async open(options: CarryOutOptions): Promise<Services> {
    const { server, started } = await provideServer(options.root, options.onNote);
    return new Services(options, server, started);
  }

  /** Starts the data directory's own server again where it died. */
  async superviseServer(): Promise<void> {
    if (!this.server.own) return;
    const { server, started } = await provideServer(this.#options.root);
    this.server = server;
    if (started) this.#options.onNote("The Temporal server had died and was started again");
  }

  /** Starts a worker where none of this code runs on this data directory. */
  async superviseWorker(): Promise<void> {
    const { root, build, keep, concurrency, onNote } = this.#options;
    if (this.#worker !== null && isAlive(this.#worker)) return;
    if (listWorkers(root).some((worker) => worker.build === build)) return;
    if (this.#worker !== null) onNote("The worker had died and was started again");
    if (this.#restarts++ > MOST_RESTARTS) {
      throw new Error(
        `Cannot keep a worker running: it died ${this.#restarts} times: read ` +
          `"${temporalDirectory(root)}/worker.log"`,
      );
    }
    this.#worker = await startWorker(root, { concurrency, attached: !keep });
  }

  async close(): Promise<void> {
    const { keep, interrupts, root } = this.#options;
    if (keep) return;
    const kill = () => this.#worker && endProcess(this.#worker, 0);
    interrupts.kill.addEventListener("abort", kill);
    if (interrupts.kill.aborted) await kill();
    if (this.#worker) await drainWorker(this.#worker);
    interrupts.kill.removeEventListener("abort", kill);
    if (this.#startedServer && listWorkers(root).length === 0) {
      await stopServer(temporalDirectory(root));
    }
  }
}

/** A worker that dies this often has a fault that another start does not cure. */
const MOST_RESTARTS = 50;

function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, milliseconds);
    function done() {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    }
    signal?.addEventListener("abort", done);
  });
}
