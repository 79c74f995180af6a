import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { messageOf } from "../../core/errors.ts";

/**
 * The official build of the Temporal command line. Its version is pinned, and its executable is
 * kept only if it has the bytes that are pinned here: nothing runs before.
 */

/** The version that Sluice is tested with. */
export const TEMPORAL_VERSION = "1.9.1";

/** SHA-256 of the executable of {@linkcode TEMPORAL_VERSION}, by system and processor. */
const EXECUTABLES: Readonly<Record<string, string>> = {
  "linux-x64": "712217694cac9f786a72d4b6c876cd15f3dcf1bf31434d9fed6af25242a327a0",
  "linux-arm64": "667e9403cb2faaf439ecaa7eb7190e0d08521de6c9118da7fd26ad594281271d",
  "darwin-arm64": "33c298d41f6eefebf01a28a3511f444480e939e21d3518cb0c12a4abad467c4b",
  "darwin-x64": "d5776986d343fb789f49e4e7b6d3faca931c0877b71c6d4a7ac39dba467155cc",
};

/** SHA-256 of this machine's build, undefined if there is none. */
export function pinnedDigest(): string | undefined {
  return EXECUTABLES[`${process.platform}-${process.arch}`];
}

/** Origin from which Temporal's own tools download a build. */
const ORIGIN = "https://temporal.download";

/** Most bytes of an unpacked archive. */
const MAX_BYTES = 2 ** 30;

export interface OfficialBuild {
  /** @default Temporal's own */
  readonly origin?: string;
  /** SHA-256 of the executable; @default that of this machine's build */
  readonly digest?: string | undefined;
}

/**
 * Downloads the executable into a folder.
 *
 * @returns Its path; its bytes are the pinned ones
 * @throws {Error} If there is no build for this machine, none comes, or another than the pinned one
 */
export async function downloadOfficial(
  folder: string,
  { origin = ORIGIN, digest = pinnedDigest() }: OfficialBuild = {},
): Promise<string> {
  if (digest === undefined) throw new Error(`no build for ${process.platform} ${process.arch}`);
  const query = new URLSearchParams({
    arch: process.arch === "x64" ? "amd64" : process.arch,
    platform: process.platform,
    format: "tar.gz",
  });
  const answer = await get(`${origin}/cli/v${TEMPORAL_VERSION}?${query}`);
  const { archiveUrl } = await answer.json();
  const archive = await get(String(archiveUrl));
  if (archive.body === null) throw new Error("expected an archive, found nothing");
  const file = join(folder, "temporal");
  const found = await unpack(archive.body.pipeThrough(new DecompressionStream("gzip")), file);
  if (found === digest) return file;
  throw new Error(`expected bytes of digest ${digest}, found ${found ?? "no executable"}`);
}

async function get(url: string): Promise<Response> {
  const { host } = new URL(url);
  const response = await fetch(url).catch((error: unknown) => {
    // The message itself says only that it failed.
    const cause = error instanceof Error ? error.cause ?? error : error;
    throw new Error(`no answer from ${host}: ${messageOf(cause)}`);
  });
  if (response.ok) return response;
  await response.body?.cancel();
  throw new Error(`status ${response.status} of ${host}`);
}

/** Size of a header in a tar archive, and the ranges of a file's name and size in it. */
const BLOCK = 512, NAME = [0, 100] as const, SIZE = [124, 136] as const;

/**
 * Writes the executable of a tar archive to a file, piece by piece.
 *
 * @returns Its SHA-256 in hex, null if the archive has none
 */
async function unpack(
  archive: ReadableStream<Uint8Array>,
  file: string,
): Promise<string | null> {
  const reader = new ByteReader(archive);
  for (;;) {
    const header = await reader.take(BLOCK), text = new TextDecoder("latin1").decode(header);
    if (header.length < BLOCK || header.every((byte) => byte === 0)) return null;
    const name = text.slice(...NAME).replace(/\0.*$/s, "").replace(/^\.\//, "");
    const size = parseInt(text.slice(...SIZE), 8);
    if (!(size <= MAX_BYTES)) throw new Error("expected a tar archive, found other bytes");
    const hash = createHash("sha256");
    const output = name === "temporal" ? await open(file, "wx", 0o600) : null;
    try {
      for (let rest = size; rest > 0;) {
        const part = await reader.some(rest);
        if (part.length === 0) throw new Error("expected a whole archive, found its beginning");
        hash.update(part);
        await output?.writeFile(part); // goes on where the last part ended
        rest -= part.length;
      }
    } finally {
      await output?.close();
    }
    if (output !== null) {
      await reader.end();
      return hash.digest("hex");
    }
    await reader.take((BLOCK - size % BLOCK) % BLOCK);
  }
}

/** Reads a stream by numbers of bytes. */
class ByteReader {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #rest: Uint8Array = new Uint8Array(0);
  #bytes = 0;

  constructor(stream: ReadableStream<Uint8Array>) {
    this.#reader = stream.getReader();
  }

  /** Up to `most` bytes, as they come; none at the end. */
  async some(most: number): Promise<Uint8Array> {
    if (this.#rest.length === 0) {
      this.#rest = (await this.#reader.read()).value ?? this.#rest;
      this.#bytes += this.#rest.length;
      if (this.#bytes > MAX_BYTES) throw new Error(`expected at most ${MAX_BYTES} bytes`);
    }
    const part = this.#rest.subarray(0, most);
    this.#rest = this.#rest.subarray(part.length);
    return part;
  }

  /** So many bytes, fewer at the end. */
  async take(count: number): Promise<Uint8Array> {
    const taken = new Uint8Array(count);
    for (let filled = 0; filled < count;) {
      const part = await this.some(count - filled);
      if (part.length === 0) return taken.subarray(0, filled);
      taken.set(part, filled);
      filled += part.length;
    }
    return taken;
  }

  end(): Promise<void> {
    return this.#reader.cancel();
  }
}
