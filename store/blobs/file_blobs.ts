import * as fs from "node:fs";
import { dirname, join } from "node:path";
import { accessError, systemCode } from "../files/access.ts";
import { requireContained } from "../contained.ts";
import {
  flush,
  flushDirectories,
  listDirectory,
  makeDirectory,
  readAt,
  removeFile,
  temporaryName,
} from "../files/files.ts";
import {
  type BlobRange,
  type Blobs,
  type ListedBlob,
  type PutOptions,
  requireKey,
} from "./blobs.ts";

/** Objects as the files of a directory. */
export class FileBlobs implements Blobs {
  readonly place: string;

  /** @param directory Absolute; made by the first write */
  constructor(directory: string) {
    this.place = directory;
  }

  // deno-lint-ignore require-await -- as the interface has it
  async get(key: string, range?: BlobRange): Promise<Uint8Array | null> {
    const path = this.#pathOf(key), descriptor = openOrNull(path);
    if (descriptor === null) return null;
    try {
      const { size } = fs.fstatSync(descriptor), [first, end] = boundsOf(range, size);
      return readAt(descriptor, first, end - first);
    } catch (error) {
      throw accessError(error, path, "read");
    } finally {
      fs.closeSync(descriptor);
    }
  }

  head(key: string): Promise<number | null> {
    const stat = fs.statSync(this.#pathOf(key), { throwIfNoEntry: false });
    return Promise.resolve(stat?.isFile() === true ? stat.size : null);
  }

  async put(
    key: string,
    data: Uint8Array,
    { ifAbsent = false }: PutOptions = {},
  ): Promise<boolean> {
    const path = this.#pathOf(key), temporary = temporaryName(path);
    const changed = new Set([dirname(path)]);
    try {
      makeDirectory(dirname(path), changed);
      requireContained(this.place, dirname(key));
      const descriptor = fs.openSync(temporary, "wx");
      try {
        fs.writeFileSync(descriptor, data);
        await flush(descriptor);
      } finally {
        fs.closeSync(descriptor);
      }
      if (!ifAbsent) fs.renameSync(temporary, path);
      else if (!linkNew(temporary, path)) return false;
      await flushDirectories(changed);
      return true;
    } catch (error) {
      throw accessError(error, path);
    } finally {
      removeFile(temporary);
    }
  }

  async *list(prefix: string): AsyncIterable<ListedBlob> {
    yield* listFiles(this.place, prefix);
  }

  remove(key: string): Promise<void> {
    const path = this.#pathOf(key);
    try {
      fs.rmSync(path, { force: true });
    } catch (error) {
      throw accessError(error, path, "remove");
    }
    return Promise.resolve();
  }

  #pathOf(key: string): string {
    requireKey(key);
    return join(this.place, key);
  }
}

/** Bounds of a range in an object of some size, within it. */
function boundsOf(
  range: BlobRange | undefined,
  size: number,
): readonly [first: number, end: number] {
  if (range === undefined) return [0, size];
  if ("last" in range) return [Math.max(0, size - range.last), size];
  return [Math.min(range.first, size), Math.min(range.end, size)];
}

function openOrNull(path: string): number | null {
  try {
    return fs.openSync(path, "r");
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(systemCode(error) ?? "")) return null;
    throw accessError(error, path, "read");
  }
}

/** Gives a file a second name unless something has it: one of many that try at once succeeds. */
function linkNew(temporary: string, path: string): boolean {
  try {
    fs.linkSync(temporary, path);
    return true;
  } catch (error) {
    if (systemCode(error) === "EEXIST") return false;
    throw error;
  }
}

/** Files below a directory whose path begins with a prefix; temporary ones are no objects. */
function* listFiles(directory: string, prefix: string, within = ""): Iterable<ListedBlob> {
  for (const entry of listDirectory(join(directory, within))) {
    const key = within === "" ? entry.name : `${within}/${entry.name}`;
    if (entry.name.endsWith(".tmp")) continue;
    if (entry.isDirectory()) {
      const isOnTheWay = `${key}/`.startsWith(prefix) || prefix.startsWith(`${key}/`);
      if (isOnTheWay) yield* listFiles(directory, prefix, key);
    } else if (key.startsWith(prefix)) {
      yield { key, size: fs.statSync(join(directory, key)).size };
    }
  }
}
