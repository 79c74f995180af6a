import { copyData, rowSize } from "../../core/episode.ts";
import { InvalidInputError } from "../../core/errors.ts";
import { FRAME, HEADER_BYTES, writeHeader } from "../../core/frame.ts";
import { frameBytes } from "./batch.ts";
import type { Hello } from "./hello.ts";
import { type Layout, layoutOf, viewOf } from "./layout.ts";
import { mostRequestBytes, readWorld } from "./requests.ts";
import type { ServedEnvironment } from "./served_environment.ts";
import { type ThreadTask, WorldThread } from "./world_thread.ts";

interface ThreadsOptions {
  readonly hello: Hello;
  readonly served: ServedEnvironment;
  readonly worlds: number;
  /** Number of threads, at most that of worlds. */
  readonly threads: number;
}

/** Position of a thread's answers in those of all threads. */
interface Part {
  /** Bytes of an answer of the thread in which no episode began. */
  readonly stepBytes: number;
  /** Copies its arrays into the frame of all. */
  readonly copy: (hasBegun: boolean) => void;
}

/** Worlds on several threads, which are asked and answer as one. */
export class WorldThreads implements Disposable {
  readonly #threads: readonly WorldThread[];
  readonly #parts: readonly Part[];
  readonly #layout: Layout;
  readonly #worlds: number;
  /** Request, which all threads share. */
  readonly #request: Uint8Array;
  /** Holds the last answer, its header included. */
  readonly frame: ArrayBuffer;

  /** @throws {Error} What a thread threw when it made its worlds */
  static async open(options: ThreadsOptions): Promise<WorldThreads> {
    const tasks = tasksOf(options);
    const threads = await Promise.all(tasks.map((task) => WorldThread.open(task)));
    return new WorldThreads(threads, options);
  }

  private constructor(threads: readonly WorldThread[], { served, worlds }: ThreadsOptions) {
    this.#threads = threads;
    this.#worlds = worlds;
    this.#request = threads[0]!.task.request; // there is one at least
    this.#layout = layoutOf(served, worlds);
    this.frame = new ArrayBuffer(frameBytes(served, worlds));
    const whole = { layout: this.#layout, frame: this.frame };
    this.#parts = threads.map(({ task }) => partOf(served, task, whole));
  }

  /** Does for all worlds what `WorldBatch.answer()` does for those of one thread. */
  answer(type: number, payload: Uint8Array): number {
    if (payload.length > this.#request.length) {
      throw new InvalidInputError(
        `Cannot answer a request: expected at most ${this.#request.length} bytes, found ` +
          `${payload.length}`,
      );
    }
    this.#request.set(payload);
    switch (type) {
      case FRAME.render:
      case FRAME.state:
        return this.#concatenate(type, payload, [this.#threadOf(payload)]);
      case FRAME.act:
        return this.#concatenate(type, payload, this.#threads);
      default:
        return this.#askAll(type, payload);
    }
  }

  [Symbol.dispose](): void {
    for (const thread of this.#threads) thread[Symbol.dispose]();
  }

  #threadOf(payload: Uint8Array): WorldThread {
    const world = readWorld(payload, this.#worlds);
    return this.#threads.find(({ task: { range: { first, count } } }) =>
      world >= first && world < first + count
    )!; // ranges have no gaps
  }

  /** Answers one behind another. */
  #concatenate(type: number, payload: Uint8Array, threads: readonly WorldThread[]): number {
    let at = HEADER_BYTES;
    for (const answer of askThreads(type, payload, threads)) {
      new Uint8Array(this.frame, at).set(answer);
      at += answer.length;
    }
    writeHeader(this.frame, { length: at - HEADER_BYTES, type });
    return at;
  }

  #askAll(type: number, payload: Uint8Array): number {
    const answers = askThreads(type, payload, this.#threads);
    const hasBegun = answers.some(({ length }, i) => length > this.#parts[i]!.stepBytes);
    for (const { copy } of this.#parts) copy(hasBegun);
    const length = hasBegun ? this.#layout.beganBytes : this.#layout.stepBytes;
    writeHeader(this.frame, { length, type });
    return HEADER_BYTES + length;
  }
}

/** Returns the tasks of the threads. */
function tasksOf({ hello, served, worlds, threads }: ThreadsOptions): readonly ThreadTask[] {
  const size = rowSize(served.environment.action.shape);
  const request = new Uint8Array(new SharedArrayBuffer(mostRequestBytes({ worlds, size })));
  return Array.from({ length: threads }, (_, i) => {
    const first = Math.floor(i * worlds / threads);
    const count = Math.floor((i + 1) * worlds / threads) - first;
    return {
      hello,
      range: { first, count, of: worlds },
      control: new Int32Array(new SharedArrayBuffer(12)),
      request,
      frame: new SharedArrayBuffer(frameBytes(served, count)),
    };
  });
}

/**
 * Asks some threads at once and waits for all, so that none is at work when one has thrown.
 *
 * @throws {Error} What the first of those that threw has thrown
 */
function askThreads(
  type: number,
  payload: Uint8Array,
  threads: readonly WorldThread[],
): readonly Uint8Array[] {
  for (const thread of threads) thread.ask(type, payload.length);
  const answers: Uint8Array[] = [], errors: unknown[] = [];
  for (const thread of threads) {
    try {
      answers.push(thread.wait());
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
  return answers;
}

function partOf(
  served: ServedEnvironment,
  { range: { first, count }, frame: own }: ThreadTask,
  { layout, frame }: { readonly layout: Layout; readonly frame: ArrayBuffer },
): Part {
  const { arrays, stepBytes } = layoutOf(served, count);
  const copies = layout.arrays.map((spec, i) => ({
    source: viewOf(own, arrays[i]!), // layouts differ in the number of worlds alone
    target: viewOf(frame, spec),
    start: first * rowSize(spec.shape.slice(1)),
    when: spec.when,
  }));
  return {
    stepBytes,
    copy(hasBegun) {
      for (const { source, target, start, when } of copies) {
        if (when === "always" || hasBegun) copyData(target, source, start);
      }
    },
  };
}
