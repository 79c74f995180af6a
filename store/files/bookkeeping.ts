import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { DamagedStoreError, messageOf } from "../../core/errors.ts";
import { systemCode, transientError } from "./access.ts";

/**
 * Reads a text file of the store's bookkeeping, null if there is none.
 *
 * @param damaged Makes the error that is thrown where something else than a readable file is there
 */
export function readBookkeeping(path: string, damaged: (found: string) => Error): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (isNothing(path, error)) return null;
    throw transientError(error, path) ?? damaged(describeFound(error));
  }
}

/**
 * Names in a directory that the store keeps its books in, sorted; none if there is no directory.
 *
 * @throws {DamagedStoreError} If something else than a readable directory is there
 */
export function listBookkeeping(path: string): readonly string[] {
  try {
    return readdirSync(path).sort();
  } catch (error) {
    if (isNothing(path, error)) return [];
    throw transientError(error, path) ?? new DamagedStoreError({
      action: "read",
      place: path,
      expected: "a directory",
      found: describeFound(error),
      remedy: "move it away, and put back what was there",
    });
  }
}

/** Whether an error says that nothing is there: neither does a link that leads to nothing. */
export function isNothing(path: string, error: unknown): boolean {
  if (systemCode(error) !== "ENOENT") return false;
  return lstatSync(path, { throwIfNoEntry: false }) === undefined;
}

/** Describes what is in the place of a file or directory that cannot be read. */
export function describeFound(error: unknown): string {
  const code = systemCode(error) ?? "";
  return FOUND[code] ?? `what cannot be read (${code || messageOf(error)})`;
}

const FOUND: Readonly<Record<string, string>> = {
  EISDIR: "a directory",
  ENOTDIR: "a file",
  ENOENT: "a link to nothing",
  ELOOP: "links in a circle",
  EACCES: "no permission to read it",
  EPERM: "no permission to read it",
};
