import * as fs from "node:fs";
import { dirname, join } from "node:path";
import { accessError } from "../files/access.ts";
import { type Commit, type CommitInfo, createCommit } from "../files/commit.ts";
import { writeCommit } from "../files/commit_text.ts";
import type { FileHashes } from "../files/file_index.ts";
import { requireContained } from "../contained.ts";
import {
  flush,
  flushDirectories,
  makeDirectory,
  removeFile,
  temporaryName,
} from "../files/files.ts";
import { type Written, WrittenFiles } from "./written_files.ts";

/** Files that are open at once: enough that the disk flushes many with one turn of its journal. */
const MAX_PENDING = 128;

/** Writes the files of a directory, and commits them: before that, nobody sees them. */
export interface FileWriter extends Disposable {
  /** SHA-256 of what was written so far. */
  readonly files: FileHashes;
  /** Bytes written so far. */
  readonly bytes: number;
  /**
   * Writes a file whole.
   *
   * @param path Relative to the directory, with `/`
   * @throws {RangeError} If the path was written before
   * @throws {StoreAccessError} If the disk is full, read-only or without permission
   */
  write(path: string, data: Uint8Array | string): Promise<void>;
  /** Brings everything to the disk with `commit.json`, which comes last. */
  commit(info: CommitInfo): Promise<Commit>;
}

interface PendingFile {
  readonly descriptor: number;
  readonly temporary: string;
  readonly path: string;
}

/**
 * Writer of one directory's files, which it commits: each is written completely, flushed and
 * renamed, and hashed while it is written; `commit.json` comes last. Before the commit nobody sees
 * them. If it is disposed of without a commit, nothing temporary remains.
 */
export class StoreWriter implements FileWriter {
  readonly directory: string;
  readonly #written = new WrittenFiles();
  readonly #changed = new Set<string>();
  #pending: PendingFile[] = [];

  constructor(directory: string) {
    this.directory = directory;
  }

  get files(): FileHashes {
    return this.#written.hashes;
  }

  get bytes(): number {
    return this.#written.bytes;
  }

  async write(path: string, data: Uint8Array | string): Promise<void> {
    const target = join(this.directory, path);
    this.#written.requireNew(path, `"${target}"`);
    try {
      const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
      const parent = dirname(target);
      if (!this.#changed.has(parent)) {
        makeDirectory(parent, this.#changed);
        requireContained(this.directory, dirname(path));
      }
      this.#changed.add(parent);
      const temporary = temporaryName(target);
      const descriptor = fs.openSync(temporary, "wx");
      this.#pending.push({ descriptor, temporary, path: target });
      fs.writeFileSync(descriptor, bytes);
      this.#written.add(path, bytes);
      if (this.#pending.length >= MAX_PENDING) await this.#flush();
    } catch (error) {
      this.#abandon();
      throw accessError(error, target);
    }
  }

  /** Names a file in the commit that something else wrote, e.g. `metrics.jsonl`: it is hashed. */
  async adopt(path: string): Promise<void> {
    const target = join(this.directory, path);
    const data = fs.readFileSync(target);
    const descriptor = fs.openSync(target, "r");
    this.#pending.push({ descriptor, temporary: target, path: target });
    this.#written.add(path, data);
    this.#changed.add(dirname(target));
    if (this.#pending.length >= MAX_PENDING) await this.#flush();
  }

  /** Names files in the commit that another writer of the directory has brought to the disk. */
  include(written: Written): void {
    this.#written.include(written);
  }

  /** Brings everything to the disk. @throws {StoreAccessError} As `write()` */
  async flush(): Promise<void> {
    try {
      await this.#flush();
      makeDirectory(this.directory, this.#changed);
      await flushDirectories(this.#changed);
    } catch (error) {
      this.#abandon();
      throw accessError(error, this.directory);
    }
  }

  async commit(info: CommitInfo): Promise<Commit> {
    const commit = createCommit(this.#written.hashes, info);
    await this.flush();
    writeCommit(this.directory, commit);
    return commit;
  }

  [Symbol.dispose](): void {
    this.#abandon();
  }

  async #flush(): Promise<void> {
    await Promise.all(this.#pending.map(({ descriptor }) => flush(descriptor)));
    for (const { descriptor, temporary, path } of this.#pending) {
      fs.closeSync(descriptor);
      if (temporary !== path) fs.renameSync(temporary, path);
    }
    this.#pending = [];
  }

  #abandon(): void {
    for (const { descriptor, temporary, path } of this.#pending) {
      try {
        fs.closeSync(descriptor);
      } catch {
        // closed before the error that led here
      }
      if (temporary !== path) removeFile(temporary);
    }
    this.#pending = [];
  }
}
