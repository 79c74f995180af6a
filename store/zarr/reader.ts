import { join } from "node:path";
import { DamagedStoreError } from "../../core/errors.ts";
import { transientError } from "../files/access.ts";
import { describeFound } from "../files/bookkeeping.ts";
import { type Commit, hashOf } from "../files/commit.ts";
import { requireCommitOf } from "../files/read_commit.ts";
import { openFiles, type StoredFiles } from "../files/stored_files.ts";

/**
 * The files that a commit names, as zarrita reads them. Metadata is checked against its hash here;
 * chunks carry a checksum of their own. What no commit names does not exist.
 */
export class CommittedFiles {
  readonly commit: Commit;
  readonly #files: StoredFiles;

  private constructor(files: StoredFiles) {
    this.#files = files;
    this.commit = requireCommitOf(files);
  }

  /**
   * Opens what is committed in a directory, which may lie packed.
   *
   * @throws {DamagedStoreError} If nothing is, or its commit is not what was written
   */
  static open(directory: string): CommittedFiles {
    return new CommittedFiles(openFiles(directory));
  }

  /** Path of the directory, or of the archive in which it lies packed. */
  get directory(): string {
    return this.#files.path;
  }

  /** Remedy where something in it is damaged. */
  get remedy(): string {
    return `remove the ${this.#files.holder} and run the stage again`;
  }

  /** zarrita's read: @param key Absolute within the directory */
  get(key: string): Uint8Array | undefined {
    const path = key.slice(1);
    const hash = this.commit.files.get(path);
    if (hash === undefined) return undefined;
    const data = this.#read(path);
    if (path.endsWith(".json") && hashOf(data) !== hash) throw this.#damaged(path);
    return data;
  }

  /** Size of a file (bytes), 0 if it is not there. */
  sizeOf(path: string): number {
    return this.#files.sizeOf(path) ?? 0;
  }

  /** The text of a file, checked. */
  readText(path: string): string {
    return new TextDecoder().decode(this.read(path));
  }

  /** The bytes of a file, checked. */
  read(path: string): Uint8Array {
    const hash = this.commit.files.get(path);
    if (hash === undefined) {
      throw new DamagedStoreError({
        action: `read "${path}" of`,
        place: this.directory,
        expected: "it in the commit",
        found: "it is not",
        remedy: "run the stage again",
      });
    }
    const data = this.#read(path);
    if (hashOf(data) !== hash) throw this.#damaged(path);
    return data;
  }

  #read(path: string): Uint8Array {
    try {
      const data = this.#files.read(path);
      if (data !== null) return data;
    } catch (error) {
      if (error instanceof DamagedStoreError) throw error;
      throw transientError(error, join(this.directory, path)) ??
        this.#missing(path, describeFound(error));
    }
    throw this.#missing(path, "none");
  }

  #missing(path: string, found: string): DamagedStoreError {
    return new DamagedStoreError({
      action: `read "${path}" of`,
      place: this.directory,
      expected: "the file that the commit names",
      found,
      remedy: this.remedy,
    });
  }

  #damaged(path: string): DamagedStoreError {
    return new DamagedStoreError({
      action: `read "${path}" of`,
      place: this.directory,
      expected: "the bytes that were committed",
      found: "others",
      remedy: this.remedy,
    });
  }
}
