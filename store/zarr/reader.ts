import { lstatSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DamagedStoreError } from "../../core/errors.ts";
import { transientError } from "../files/access.ts";
import { describeFound } from "../files/bookkeeping.ts";
import { type Commit, hashOf } from "../files/commit.ts";

/**
 * The files that a commit names, as zarrita reads them. Metadata is checked against its hash here;
 * chunks carry a checksum of their own. What no commit names does not exist.
 */
export class CommittedFiles {
  readonly directory: string;
  readonly commit: Commit;

  constructor(directory: string, commit: Commit) {
    this.directory = directory;
    this.commit = commit;
  }

  /** zarrita's read: @param key Absolute within the directory */
  get(key: string): Uint8Array | undefined {
    const path = key.slice(1);
    const hash = this.commit.files[path];
    if (hash === undefined) return undefined;
    const data = this.#read(path);
    if (path.endsWith(".json") && hashOf(data) !== hash) throw damaged(this.directory, path);
    return data;
  }

  /** The text of a file, checked. */
  readText(path: string): string {
    return new TextDecoder().decode(this.read(path));
  }

  /** The bytes of a file, checked. */
  read(path: string): Uint8Array {
    const hash = this.commit.files[path];
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
    if (hashOf(data) !== hash) throw damaged(this.directory, path);
    return data;
  }

  #read(path: string): Uint8Array {
    const file = join(this.directory, path);
    try {
      return readFileSync(file);
    } catch (error) {
      const isThere = lstatSync(file, { throwIfNoEntry: false }) !== undefined;
      throw transientError(error, file) ?? new DamagedStoreError({
        action: `read "${path}" of`,
        place: this.directory,
        expected: "the file that the commit names",
        found: isThere ? describeFound(error) : "none",
        remedy: "remove the directory and run the stage again",
      });
    }
  }
}

function damaged(directory: string, path: string): DamagedStoreError {
  return new DamagedStoreError({
    action: `read "${path}" of`,
    place: directory,
    expected: "the bytes that were committed",
    found: "others",
    remedy: "remove the directory and run the stage again",
  });
}
