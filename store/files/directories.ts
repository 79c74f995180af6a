import * as fs from "node:fs";
import { open } from "node:fs/promises";
import { dirname, join } from "node:path";
import { InvalidInputError } from "../../core/errors.ts";
import { accessError } from "./access.ts";
import { flushDirectory, temporaryName } from "./files.ts";
import { removeStraysBeside } from "./strays.ts";

/** Whole directories that are there with all of their files or not at all. */

/** Flushes at a time: the disk takes many at once as fast as one, so thousands of files need seconds. */
const FLUSHES = 64;

/**
 * Makes a directory and its content under a temporary name, flushes it and renames it. It
 * overwrites nothing: an empty directory is used, and one with the same bytes stays as it is.
 *
 * @param path Below a directory that exists
 * @param write Fills an empty directory
 * @returns Bytes of all files
 * @throws {InvalidInputError} If a file, or a directory that holds something else, is there
 * @throws {StoreAccessError} If the disk is full, read-only or without permission
 */
export async function createDirectory(
  path: string,
  write: (temporary: string) => Promise<void>,
): Promise<number> {
  const temporary = temporaryName(path);
  try {
    removeStraysBeside(path);
    fs.mkdirSync(temporary);
    await write(temporary);
    const bytes = await flushTree(temporary);
    if (!isVacant(path)) requireSame(path, temporary);
    else {
      fs.renameSync(temporary, path);
      flushDirectory(dirname(path));
    }
    return bytes;
  } catch (error) {
    throw accessError(error, path);
  } finally {
    fs.rmSync(temporary, { recursive: true, force: true });
  }
}

/** Whether a directory can be put there without a loss: there is nothing, or an empty directory. */
export function isVacant(path: string): boolean {
  const stat = fs.statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return true;
  return stat.isDirectory() && fs.readdirSync(path).length === 0;
}

/** @throws {InvalidInputError} If something is there */
export function requireVacant(path: string): void {
  if (isVacant(path)) return;
  throw occupied(path, fs.statSync(path).isDirectory() ? "a directory with files" : "a file");
}

function occupied(path: string, found: string): InvalidInputError {
  return new InvalidInputError({
    action: "write",
    place: path,
    expected: "nothing or an empty directory",
    found,
    remedy: "remove it, or choose another path",
  });
}

function requireSame(path: string, temporary: string): void {
  const same = fs.statSync(path).isDirectory() && isSameTree(path, temporary);
  if (!same) throw occupied(path, "something else");
}

function isSameTree(left: string, right: string): boolean {
  const names = fs.readdirSync(left).sort();
  if (names.join("/") !== fs.readdirSync(right).sort().join("/")) return false;
  return names.every((name) => {
    const a = join(left, name), b = join(right, name);
    const isDirectory = fs.statSync(a).isDirectory();
    if (isDirectory !== fs.statSync(b).isDirectory()) return false;
    return isDirectory ? isSameTree(a, b) : fs.readFileSync(a).equals(fs.readFileSync(b));
  });
}

/** Flushes every file and directory of a tree. @returns Bytes of its files */
async function flushTree(directory: string): Promise<number> {
  const entries = fs.readdirSync(directory, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => entry.isFile());
  const queue = files.map(({ parentPath, name }) => join(parentPath, name));
  let bytes = 0;
  const flush = async () => {
    for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
      const file = await open(path);
      try {
        const { size } = await file.stat();
        bytes += size;
        await file.sync();
      } finally {
        await file.close();
      }
    }
  };
  await Promise.all(Array.from({ length: FLUSHES }, flush));
  for (const entry of entries) {
    if (entry.isDirectory()) flushDirectory(join(entry.parentPath, entry.name));
  }
  flushDirectory(directory);
  return bytes;
}
