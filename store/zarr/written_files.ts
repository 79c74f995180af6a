import { hashOf } from "../files/commit.ts";
import type { FileHashes } from "../files/file_index.ts";

/** Files that a writer has written. */
export interface Written {
  /** SHA-256 of each, by its path. */
  readonly files: FileHashes;
  /** Size of all (bytes). */
  readonly bytes: number;
}

/** Account of the files that a writer has written, each of them once. */
export class WrittenFiles {
  readonly #hashes = new Map<string, string>();
  #bytes = 0;

  /** SHA-256 of each file, by its path. */
  get hashes(): FileHashes {
    return this.#hashes;
  }

  /** Size of all files (bytes). */
  get bytes(): number {
    return this.#bytes;
  }

  /** @param place Of the file, for the message. @throws {RangeError} If the path was written before */
  requireNew(path: string, place: string): void {
    if (!this.#hashes.has(path)) return;
    throw new RangeError(`Cannot write ${place}: expected each file once, found it written`);
  }

  add(path: string, data: Uint8Array): void {
    this.#hashes.set(path, hashOf(data));
    this.#bytes += data.length;
  }

  /** Adds files that another writer of the directory has written. */
  include({ files, bytes }: Written): void {
    for (const [path, hash] of files) this.#hashes.set(path, hash);
    this.#bytes += bytes;
  }
}
