import { Worker } from "node:worker_threads";
import { setInterval } from "node:timers";
import {
  asError,
  reviveError,
  type SerializedError,
  StalledShardError,
} from "../../core/errors.ts";
import { createMarks, readMarks } from "../../core/progress_mark.ts";
import type { KernelPreference } from "../../learn/mod.ts";
import { findKind } from "../../pipelines/kinds/mod.ts";
import type { BlobsAccess } from "../../store/mod.ts";
import type { NamedOperation, OperationInput, OperationResult } from "../stages/operations.ts";
import type { ShardResult, ShardTask, StageResult, StageTask } from "../types.ts";

/** Message from the pool to a thread. */
export type ThreadRequest =
  | {
    readonly type: "run";
    readonly id: number;
    /** Name of an operation, or of a stage kind. */
    readonly name: string;
    readonly input: unknown;
    /** Threads of the pool that had nothing to do when the operation began. */
    readonly spareThreads: number;
  }
  | { readonly type: "stop"; readonly id: number }
  /** Makes a world of an environment, so that its engine is loaded when an operation wants one. */
  | { readonly type: "warm"; readonly environment: string }
  /** Loads the code of reports, which is wanted at the end of a run. */
  | { readonly type: "warm report" };

/** Message from a thread to the pool. */
export type ThreadReply =
  | { readonly type: "progress"; readonly id: number; readonly progress: unknown }
  | { readonly type: "output"; readonly id: number; readonly output: ProgramOutput }
  | ({ readonly type: "result"; readonly id: number; readonly result: unknown } & Held)
  | ({ readonly type: "error"; readonly id: number; readonly error: SerializedError } & Held);

interface Held {
  /** Memory that operations of the thread have left in it, at most (bytes). */
  readonly heldBytes: number;
}

/** A line that a program wrote. */
export interface ProgramOutput {
  readonly line: string;
  readonly source: "stdout" | "stderr";
}

/** Started once in every thread, before its first operation. */
export interface ThreadData {
  /** Absolute path of the data root. */
  readonly root: string;
  /** Access to the bucket of which that is the working root; absent where it is none's. */
  readonly bucket?: BlobsAccess;
  /** Largest size of what such a working root keeps of stages (bytes). */
  readonly cacheBytes?: number;
  /** URLs of code of the user's, see `importModule()`. */
  readonly modules: readonly string[];
  readonly kernels: KernelPreference;
  /** Place where the thread counts its marks of progress. */
  readonly marks: SharedArrayBuffer;
}

export interface ThreadPoolOptions extends Omit<ThreadData, "kernels" | "marks"> {
  /** Tells the script with which a thread starts that loads no modules; the sources if absent. */
  readonly entry?: () => URL | undefined;
  /** Kernels that may be used; any if absent. */
  readonly kernels?: KernelPreference;
  /** Threads that compute at the same time. */
  readonly size: number;
  /** How many of them may simulate; all if absent. */
  readonly simulating?: number;
}

export interface RunOptions {
  /** Asks the operation to stop at its next safe point; it decides what that is. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: unknown) => void;
  /** Whether it goes before all that wait, but for those that do so too: for what is short and rare. */
  readonly ahead?: boolean;
  /** Seconds without a mark of progress after which the operation is ended; it has as many as it takes if absent. */
  readonly patience?: number;
  /** Takes the lines that programs of the operation write. */
  readonly onOutput?: (output: ProgramOutput) => void;
}

/**
 * Memory that a thread may keep after a large stage (bytes): more is freed at once as the thread
 * ends, and otherwise only some time after the next stage has started. A thread that stays saves
 * half a second of each training of a matrix.
 */
const KEPT_BYTES = 192 * 2 ** 20;

/** Returns whether an operation is the work of a kind that simulates. */
function isSimulation({ name }: Job): boolean {
  return findKind(name)?.work.resource === "simulate";
}

/**
 * Returns whether an operation is no work of a kind: it takes less time than a thread's start, so it
 * waits for one that is there, until the next look.
 */
function isBrief({ name }: Job): boolean {
  return findKind(name) === undefined;
}

/** Returns whether an operation holds a whole dataset. */
function isLarge({ name }: Job): boolean {
  return findKind(name)?.isLarge === true;
}

interface Job {
  readonly id: number;
  readonly name: string;
  readonly input: unknown;
  readonly options: RunOptions;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
  /** Marks that its thread had set when they were read last. */
  marks: number;
  /** Seconds since then. */
  waited: number;
}

const SOURCES = new URL("./thread_main.ts", import.meta.url);

/** Name of the operation that ends a run with its report. */
const CLOSE_RUN: NamedOperation = "closeRun";

/** Interval between two looks at the marks of progress (ms). */
const LOOK_INTERVAL = 1000;

/**
 * Pool of threads for CPU work, so that heartbeats continue while it runs.
 *
 * `node:worker_threads` and not Web Workers: only the former can be terminated in a busy loop.
 * Threads start when first needed and stay, because a simulator's start costs 0.2 s.
 */
export class ThreadPool {
  readonly #options: ThreadPoolOptions;
  readonly #idle: Worker[] = [];
  readonly #jobs = new Map<Worker, Job>();
  readonly #queue: Job[] = [];
  readonly #ending = new Set<Promise<void>>();
  readonly #marks = new Map<Worker, SharedArrayBuffer>();
  readonly #looks: ReturnType<typeof setInterval>;
  /** Thread that has loaded the code of reports; null if none has. */
  #reporter: Worker | null = null;
  #nextId = 0;
  #closed = false;

  constructor(options: ThreadPoolOptions) {
    this.#options = options;
    this.#looks = setInterval(() => this.#look(), LOOK_INTERVAL);
    this.#looks.unref(); // a pool keeps no process alive
  }

  /**
   * Starts a thread, if there is room for one, that is ready when a job comes.
   *
   * @param environment Name of the one in which it will simulate; not known if absent
   */
  prepare(environment?: string): void {
    const thread = this.#spawn();
    if (thread === null) return;
    this.#idle.push(thread);
    if (environment !== undefined) this.#send(thread, { type: "warm", environment });
    this.#dispatch();
  }

  /**
   * Runs an operation on a free thread, first come first served but for those that go
   * {@linkcode RunOptions.ahead}: one of a name, or that of a kind on
   * one of its shards or stages.
   *
   * @throws The operation's own error, of its own class where `core/errors.ts` has it
   */
  run<Name extends NamedOperation>(
    name: Name,
    input: OperationInput<Name>,
    options?: RunOptions,
  ): Promise<OperationResult<Name>>;
  run(kind: string, task: ShardTask, options?: RunOptions): Promise<ShardResult>;
  run(kind: string, task: StageTask, options?: RunOptions): Promise<StageResult>;
  run(name: string, input: unknown, options: RunOptions = {}): Promise<unknown> {
    if (this.#closed) {
      return Promise.reject(new Error("Cannot run an operation: the pool is closed"));
    }
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const job = { id: this.#nextId++, name, input, options, resolve, reject };
    const others = options.ahead ? this.#queue.findIndex((waiting) => !waiting.options.ahead) : -1;
    this.#queue.splice(others < 0 ? this.#queue.length : others, 0, {
      ...job,
      marks: 0,
      waited: 0,
    });
    this.#dispatch();
    return promise;
  }

  /** Ends all threads at once. What they were writing is a stray temporary, removed at next start. */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#looks);
    const threads = [...this.#idle, ...this.#jobs.keys()];
    await Promise.all([...this.#ending, ...threads.map((thread) => thread.terminate())]);
  }

  /** Ends a thread that has nothing to do; the next job starts a new one. */
  #end(thread: Worker): void {
    if (this.#reporter === thread) this.#reporter = null;
    const ended = thread.terminate().then(() => {
      this.#ending.delete(ended);
    });
    this.#ending.add(ended);
  }

  #dispatch(): void {
    for (;;) {
      const place = this.#nextPlace();
      if (place < 0) return;
      const thread = this.#takeIdle(this.#queue[place]!) ?? this.#spawn();
      if (thread === null) return;
      this.#start(thread, this.#queue.splice(place, 1)[0]!);
    }
  }

  /** Place in the queue of the job that starts next; -1 where none may while the others run. */
  #nextPlace(): number {
    const running = [...this.#jobs.values()], { simulating = Infinity } = this.#options;
    const isBusy = this.#idle.length === 0 && running.length > 0;
    const isFull = running.filter(isSimulation).length >= simulating;
    return this.#queue.findIndex((job) =>
      !(isBusy && isBrief(job)) && !(isFull && isSimulation(job))
    );
  }

  /** Takes the idle thread that suits a job most. */
  #takeIdle({ name }: Job): Worker | undefined {
    const thread = name === CLOSE_RUN ? this.#reporter : null;
    const place = thread === null ? -1 : this.#idle.indexOf(thread);
    return place < 0 ? this.#idle.pop() : this.#idle.splice(place, 1)[0];
  }

  /**
   * Has a thread ready for what follows a large stage, whose own may end with it, and lets one load
   * the code of reports. A stage that ends before the first look leaves its thread soon enough.
   */
  #readyNext(): void {
    if (this.#idle.length === 0) this.prepare();
    const [thread] = this.#idle;
    if (this.#reporter !== null || thread === undefined) return;
    this.#reporter = thread;
    this.#send(thread, { type: "warm report" });
  }

  #spawn(): Worker | null {
    if (this.#jobs.size + this.#idle.length >= this.#options.size) return null;
    const { size: _, simulating: __, entry, kernels = "auto", ...options } = this.#options;
    const marks = createMarks(), workerData: ThreadData = { ...options, kernels, marks };
    // Modules of users import the sources, and register with those.
    const script = options.modules.length === 0 ? entry?.() : undefined;
    const thread = new Worker(script ?? SOURCES, { workerData });
    this.#marks.set(thread, marks);
    thread.on("message", (reply: ThreadReply) => this.#receive(thread, reply));
    thread.on("error", (error) => this.#lose(thread, asError(error)));
    thread.on("exit", (code) => this.#lose(thread, new Error(`Thread ended with code ${code}`)));
    return thread;
  }

  #start(thread: Worker, job: Job): void {
    this.#jobs.set(thread, job);
    const { id, name, input } = job, spareThreads = this.#spareThreads();
    this.#send(thread, { type: "run", id, name, input, spareThreads });
    const { signal } = job.options;
    const stop = () => this.#send(thread, { type: "stop", id: job.id });
    if (signal?.aborted) stop();
    else signal?.addEventListener("abort", stop, { once: true });
  }

  /** Threads on which nothing computes, as far as there are processors for them. */
  #spareThreads(): number {
    const processors = Math.min(this.#options.size, navigator.hardwareConcurrency);
    return Math.max(0, processors - this.#jobs.size);
  }

  #send(thread: Worker, request: ThreadRequest): void {
    thread.postMessage(request);
  }

  #receive(thread: Worker, reply: ThreadReply): void {
    const job = this.#jobs.get(thread);
    if (job?.id !== reply.id) return;
    if (reply.type === "progress") return job.options.onProgress?.(reply.progress);
    if (reply.type === "output") return job.options.onOutput?.(reply.output);
    this.#jobs.delete(thread);
    if (isLarge(job) && reply.heldBytes > KEPT_BYTES) this.#end(thread);
    else this.#idle.push(thread);
    if (reply.type === "result") job.resolve(reply.result);
    else job.reject(reviveError(reply.error));
    this.#dispatch();
  }

  /**
   * Starts a thread for what has waited for one, and ends operations that have set no mark for longer
   * than they may. Time is counted in looks, so that a process that was stopped for a while blames no
   * operation.
   */
  #look(): void {
    if (this.#queue.some(isBrief)) this.prepare();
    for (const [thread, job] of this.#jobs) {
      if (isLarge(job)) this.#readyNext();
      const marks = readMarks(this.#marks.get(thread)!), { patience = Infinity } = job.options; // each has one
      job.waited = marks === job.marks ? job.waited + LOOK_INTERVAL / 1000 : 0;
      job.marks = marks;
      if (job.waited < patience) continue;
      this.#lose(thread, stalled(job.name, patience));
      this.#end(thread);
    }
  }

  /** Handles a thread that ends by itself: only its own job fails. */
  #lose(thread: Worker, error: Error): void {
    const job = this.#jobs.get(thread);
    if (this.#reporter === thread) this.#reporter = null;
    this.#marks.delete(thread);
    this.#jobs.delete(thread);
    const idle = this.#idle.indexOf(thread);
    if (idle >= 0) this.#idle.splice(idle, 1);
    job?.reject(error);
    if (!this.#closed) this.#dispatch();
  }
}

function stalled(kind: string, patience: number): StalledShardError {
  return new StalledShardError({
    action: `compute a shard of kind ${kind}`,
    expected: "a step of progress now and then",
    found: `none for ${patience} s`,
    remedy:
      "look for an endless loop in the policy or environment of a module; where a step takes " +
      'that long, raise --stall-timeout of "deno task worker"',
  });
}
