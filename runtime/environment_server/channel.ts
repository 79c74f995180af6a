import { InvalidInputError } from "../../core/errors.ts";
import { type Frame, HEADER_BYTES, readHeader, writeHeader } from "../../core/frame.ts";
import { openAwakePipes, openBlockingPipes, type Pipes } from "./pipes.ts";
import type { Channel } from "./session.ts";

/** Bytes of the first buffer of requests, and the most that a request may have. */
const FIRST_BYTES = 65_536, MOST_BYTES = 1 << 26;

/** Descriptors that were inherited, and how to use them. */
export interface PipeOptions {
  /** Descriptor that frames are read from. */
  readonly input: number;
  /** Descriptor that frames are written to. */
  readonly output: number;
  /** Path of the system's C library, where requests are waited for awake. */
  readonly library?: string | undefined;
}

/** A channel over two pipes that were inherited. */
export function openPipes({ input, output, library }: PipeOptions): Channel {
  const awake = library === undefined ? null : openAwakePipes(library, input, output);
  return new PipeChannel(awake ?? openBlockingPipes(input, output));
}

class PipeChannel implements Channel {
  readonly #pipes: Pipes;
  #buffer = new Uint8Array(FIRST_BYTES);

  constructor(pipes: Pipes) {
    this.#pipes = pipes;
  }

  receive(): Frame | null {
    let found = this.#pipes.read(this.#buffer);
    if (found === 0) return null;
    while (found < HEADER_BYTES) found += this.#readMore(found);
    const { length, type } = readHeader(this.#buffer.buffer);
    if (length > MOST_BYTES) {
      throw new InvalidInputError(
        `Cannot read a request: expected at most ${MOST_BYTES} bytes, found ${length}`,
      );
    }
    const end = HEADER_BYTES + length;
    if (end > this.#buffer.length) {
      const grown = new Uint8Array(end);
      grown.set(this.#buffer.subarray(0, found));
      this.#buffer = grown;
    }
    while (found < end) found += this.#readMore(found);
    if (found > end) {
      throw new InvalidInputError(
        "Cannot read a request: expected one at a time, found more before its answer",
      );
    }
    return { type, payload: this.#buffer.subarray(HEADER_BYTES, end) };
  }

  send(type: number, payload: Uint8Array): void {
    const frame = new Uint8Array(HEADER_BYTES + payload.length);
    writeHeader(frame.buffer, { length: payload.length, type });
    frame.set(payload, HEADER_BYTES);
    this.sendFrame(frame);
  }

  sendFrame(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) at += this.#pipes.write(bytes.subarray(at));
  }

  /** @throws {InvalidInputError} If the client is gone in the middle of a frame */
  #readMore(found: number): number {
    const more = this.#pipes.read(this.#buffer.subarray(found));
    if (more > 0) return more;
    throw new InvalidInputError(
      "Cannot read a request: expected a whole frame, found its beginning",
    );
  }
}
