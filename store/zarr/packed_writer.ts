import * as fs from "node:fs";
import { dirname } from "node:path";
import { crc32 } from "node:zlib";
import { accessError } from "../files/access.ts";
import { type Commit, type CommitInfo, createCommit } from "../files/commit.ts";
import { encodeCommit } from "../files/commit_text.ts";
import type { FileHashes } from "../files/file_index.ts";
import {
  flush,
  flushDirectories,
  makeDirectory,
  removeFile,
  temporaryName,
} from "../files/files.ts";
import { packedPath } from "../files/packed.ts";
import { encodeDirectory, encodeLocalHeader, type ZipEntry } from "../files/zip.ts";
import type { FileWriter } from "./writer.ts";
import { WrittenFiles } from "./written_files.ts";

/**
 * Writer of a directory's files into one archive, with their commit as the last of them. The archive
 * gets its name when it is complete and flushed: one file, one flush, and nothing to be seen before.
 */
export class PackedWriter implements FileWriter {
  readonly #path: string;
  readonly #temporary: string;
  readonly #changed: Set<string>;
  readonly #written = new WrittenFiles();
  readonly #entries: ZipEntry[] = [];
  #descriptor: number | null = null;
  #size = 0;

  /** @param directory What the archive stands for, see {@linkcode packedPath} */
  constructor(directory: string) {
    this.#path = packedPath(directory);
    this.#temporary = temporaryName(this.#path);
    this.#changed = new Set([dirname(this.#path)]);
  }

  get files(): FileHashes {
    return this.#written.hashes;
  }

  get bytes(): number {
    return this.#written.bytes;
  }

  // deno-lint-ignore require-await -- as the interface has it
  async write(path: string, data: Uint8Array | string): Promise<void> {
    this.#written.requireNew(path, `"${path}" of "${this.#path}"`);
    const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
    this.#append(path, bytes);
    this.#written.add(path, bytes);
  }

  async commit(info: CommitInfo): Promise<Commit> {
    const commit = createCommit(this.#written.hashes, info);
    for (const { name, bytes } of encodeCommit(commit)) this.#append(name, bytes);
    try {
      const descriptor = this.#open();
      fs.writeFileSync(descriptor, encodeDirectory(this.#entries, this.#size));
      await flush(descriptor);
      fs.closeSync(descriptor);
      this.#descriptor = null;
      fs.renameSync(this.#temporary, this.#path);
      await flushDirectories(this.#changed);
    } catch (error) {
      this.#abandon();
      throw accessError(error, this.#path);
    }
    return commit;
  }

  [Symbol.dispose](): void {
    this.#abandon();
  }

  #append(name: string, data: Uint8Array): void {
    const entry = { name, size: data.length, crc: crc32(data), offset: this.#size };
    try {
      const header = encodeLocalHeader(entry), descriptor = this.#open();
      fs.writeFileSync(descriptor, header);
      fs.writeFileSync(descriptor, data);
      this.#size += header.length + data.length;
    } catch (error) {
      this.#abandon();
      throw accessError(error, this.#path);
    }
    this.#entries.push(entry);
  }

  #open(): number {
    if (this.#descriptor !== null) return this.#descriptor;
    makeDirectory(dirname(this.#path), this.#changed);
    return this.#descriptor = fs.openSync(this.#temporary, "wx");
  }

  #abandon(): void {
    if (this.#descriptor === null) return;
    try {
      fs.closeSync(this.#descriptor);
    } catch {
      // closed before the error that led here
    }
    this.#descriptor = null;
    removeFile(this.#temporary);
  }
}
