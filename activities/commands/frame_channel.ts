import type { Readable, Writable } from "node:stream";
import { type Frame, HEADER_BYTES, readHeader, writeHeader } from "../../core/frame.ts";

/** Largest payload that is believed: other bytes are no frames. */
const LARGEST_FRAME = 1 << 30;

/** Frames to and from a program, one question at a time. */
export class FrameChannel {
  readonly #input: Writable;
  #buffer = new Uint8Array(1 << 16);
  #length = 0;
  #waiting: ((frame: Frame | Error) => void) | null = null;
  #failure: Error | null = null;

  constructor({ input, output }: { readonly input: Writable; readonly output: Readable }) {
    this.#input = input;
    input.on("error", () => {}); // the other end says why
    output.on("data", (chunk: Uint8Array) => this.#receive(chunk));
    output.on("end", () => this.#fail(new Error("its end")));
    output.on("error", () => this.#fail(new Error("its end")));
  }

  /**
   * Sends a frame and waits for the answer, whose payload is valid until the next question.
   *
   * @throws {Error} Whose message says what was found in place of an answer
   */
  ask(type: number, payload: Uint8Array): Promise<Frame> {
    const frame = new Uint8Array(HEADER_BYTES + payload.length);
    writeHeader(frame.buffer, { length: payload.length, type });
    frame.set(payload, HEADER_BYTES);
    const { promise, resolve, reject } = Promise.withResolvers<Frame>();
    this.#waiting = (found) => found instanceof Error ? reject(found) : resolve(found);
    if (this.#failure !== null) this.#fail(this.#failure);
    else this.#input.write(frame);
    return promise;
  }

  /** Gives up waiting. */
  abandon(reason: Error): void {
    this.#fail(reason);
  }

  /** Tells the other side that there is nothing more. */
  close(): void {
    this.#input.end();
  }

  #receive(chunk: Uint8Array): void {
    if (this.#failure !== null) return;
    this.#append(chunk);
    if (this.#length < HEADER_BYTES) return;
    const { length, type } = readHeader(this.#buffer.buffer);
    if (length > LARGEST_FRAME) {
      this.#fail(new Error(`a frame of ${length} bytes`));
      return;
    }
    const end = HEADER_BYTES + length;
    if (this.#length < end) {
      this.#reserve(end);
      return;
    }
    const waiting = this.#waiting;
    if (waiting === null || this.#length > end) {
      this.#fail(new Error("an answer to nothing"));
      return;
    }
    this.#length = 0;
    this.#waiting = null;
    waiting({ type, payload: this.#buffer.subarray(HEADER_BYTES, end) });
  }

  #append(chunk: Uint8Array): void {
    this.#reserve(this.#length + chunk.length);
    this.#buffer.set(chunk, this.#length);
    this.#length += chunk.length;
  }

  #reserve(bytes: number): void {
    if (bytes <= this.#buffer.length) return;
    const grown = new Uint8Array(Math.max(bytes, 2 * this.#buffer.length));
    grown.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = grown;
  }

  #fail(reason: Error): void {
    this.#failure ??= reason;
    const waiting = this.#waiting;
    this.#waiting = null;
    waiting?.(this.#failure);
  }
}
