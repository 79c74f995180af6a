import { Worker } from "node:worker_threads";
import { reviveError, type SerializedError } from "../../core/errors.ts";
import { FRAME, HEADER_BYTES, readHeader } from "../../core/frame.ts";
import type { WorldRange } from "./batch.ts";
import type { Hello } from "./hello.ts";

/** States of a thread, in the first number of {@linkcode ThreadTask.control}. */
export const THREAD = { idle: 0, asked: 1, closed: 2 } as const;

/** Task of a thread. All of its memory is shared. */
export interface ThreadTask {
  readonly hello: Hello;
  readonly range: WorldRange;
  /** `[3]` state, type of the request, bytes of the request. */
  readonly control: Int32Array;
  /** Payload of the request, which all threads read. */
  readonly request: Uint8Array;
  /** Frame of the thread's answer. */
  readonly frame: SharedArrayBuffer;
}

/** Message of a thread after it has made its worlds, or failed to. */
export interface ThreadStart {
  readonly error: SerializedError | null;
}

/**
 * A thread with some worlds. It and the one that asks it wait by `Atomics`, without an event loop, so
 * a request costs two notifications and no message.
 */
export class WorldThread implements Disposable {
  readonly task: ThreadTask;

  /** @throws {Error} What it threw when it made its worlds */
  static async open(task: ThreadTask): Promise<WorldThread> {
    const url = new URL("./world_thread_main.ts", import.meta.url);
    const worker = new Worker(url, { workerData: task });
    const { error } = await new Promise<ThreadStart>((resolve, reject) => {
      worker.once("message", resolve);
      worker.once("error", reject);
    });
    if (error !== null) throw reviveError(error);
    return new WorldThread(task);
  }

  private constructor(task: ThreadTask) {
    this.task = task;
  }

  /** Begins to answer a request whose payload is in the shared memory. */
  ask(type: number, bytes: number): void {
    const { control } = this.task;
    control[1] = type;
    control[2] = bytes;
    this.#wake(THREAD.asked);
  }

  /**
   * Waits for the answer.
   *
   * @returns Its payload; valid until the next request
   * @throws {Error} What it threw
   */
  wait(): Uint8Array {
    const { control, frame } = this.task;
    Atomics.wait(control, 0, THREAD.asked);
    const { length, type } = readHeader(frame);
    const payload = new Uint8Array(frame, HEADER_BYTES, length);
    // A copy, for a decoder takes no memory that threads share.
    if (type === FRAME.error) {
      throw reviveError(JSON.parse(new TextDecoder().decode(payload.slice())));
    }
    return payload;
  }

  [Symbol.dispose](): void {
    this.#wake(THREAD.closed);
  }

  #wake(state: number): void {
    const { control } = this.task;
    Atomics.store(control, 0, state);
    Atomics.notify(control, 0);
  }
}
