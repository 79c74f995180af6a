import { readFileSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { transientError } from "./access.ts";
import { isNothing } from "./bookkeeping.ts";
import { PackedFiles } from "./packed.ts";

/** Files of one place of the store, by path relative to it with `/`. */
export interface StoredFiles {
  /** Path of what holds them: a directory, or the archive in which it lies packed. */
  readonly path: string;
  /** Name of what holds them, for messages. */
  readonly holder: "directory" | "archive";
  /** Bytes of a file, null if there is none. */
  sizeOf(name: string): number | null;
  /** The bytes of a file, null if there is none; an error of the system, or of what is damaged. */
  read(name: string): Uint8Array | null;
}

/**
 * Opens the files of a directory, which may lie packed. A directory that does not exist has none.
 *
 * @throws {DamagedStoreError} If its archive is not what was written
 */
export function openFiles(directory: string): StoredFiles {
  return PackedFiles.open(directory) ?? new DirectoryFiles(directory);
}

class DirectoryFiles implements StoredFiles {
  readonly path: string;
  readonly holder = "directory";

  constructor(path: string) {
    this.path = path;
  }

  sizeOf(name: string): number | null {
    const file = join(this.path, name);
    try {
      const stat = statSync(file);
      return stat.isFile() ? stat.size : null;
    } catch (error) {
      const transient = transientError(error, file);
      if (transient !== null) throw transient;
      return null; // nothing, or links in a circle
    }
  }

  read(name: string): Uint8Array | null {
    const file = join(this.path, name);
    try {
      return readFileSync(file);
    } catch (error) {
      if (!isNothing(file, error)) throw error;
      // A manifest names the commits of shards, which lie packed.
      return PackedFiles.open(dirname(file))?.read(basename(file)) ?? null;
    }
  }
}
