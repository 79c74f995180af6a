import { closeSync, openSync, readSync, writeSync } from "node:fs";
import { InvalidInputError } from "../../core/errors.ts";
import { type Frame, HEADER_BYTES, readHeader, writeHeader } from "../../core/frame.ts";
import type { Channel } from "./session.ts";

/** Bytes of the first buffer of requests, and the most that a request may have. */
const FIRST_BYTES = 65_536, MOST_BYTES = 1 << 26;

/**
 * A channel over two pipes that were inherited.
 *
 * @param input Descriptor that frames are read from
 * @param output Descriptor that frames are written to
 */
export function openPipes(input: number, output: number): Channel {
  return new PipeChannel(openInherited(input, "r"), openInherited(output, "w"));
}

/**
 * A descriptor of this process opened by its name, which Deno's files need.
 *
 * A pipe whose other end is closed would be waited for: it is opened both ways first, which waits
 * for nothing on Linux, so that its own way finds an end. On macOS the name only duplicates it.
 */
function openInherited(descriptor: number, flags: "r" | "w"): number {
  const name = `/dev/fd/${descriptor}`;
  if (Deno.build.os !== "linux") return openSync(name, flags);
  const both = openSync(name, "r+");
  const opened = openSync(name, flags);
  closeSync(both);
  return opened;
}

class PipeChannel implements Channel {
  readonly #input: number;
  readonly #output: number;
  #buffer = new Uint8Array(FIRST_BYTES);

  constructor(input: number, output: number) {
    this.#input = input;
    this.#output = output;
  }

  receive(): Frame | null {
    let found = readSync(this.#input, this.#buffer);
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
    for (let at = 0; at < bytes.length;) at += writeSync(this.#output, bytes, at);
  }

  /** @throws {InvalidInputError} If the client is gone in the middle of a frame */
  #readMore(found: number): number {
    const more = readSync(this.#input, this.#buffer.subarray(found));
    if (more > 0) return more;
    throw new InvalidInputError(
      "Cannot read a request: expected a whole frame, found its beginning",
    );
  }
}
