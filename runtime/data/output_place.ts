import { accessSync, constants, existsSync, mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { InvalidInputError, messageOf, StoreAccessError } from "../../core/errors.ts";
import { requireVacant } from "../../store/mod.ts";
import { userPath } from "./data_root.ts";

/**
 * Returns the absolute path of a file that can be written, as far as that can be checked without
 * writing.
 *
 * @param from Absolute path of the person's directory
 * @throws {InvalidInputError} If no file can lie there
 */
export function checkPlace(file: string, from: string): string {
  const path = checkParent(file, from);
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) return path;
  throw new InvalidInputError({
    action: "write",
    place: file,
    expected: "a file or nothing",
    found: "a directory",
    remedy: "give the path of a file in it",
  });
}

/**
 * Returns the absolute path of a directory that can be made, as far as that can be checked without
 * making it.
 *
 * @throws {InvalidInputError} If something is there already, or no directory can lie there
 */
export function checkNewDirectory(directory: string, from: string): string {
  const path = checkParent(directory, from);
  requireVacant(path);
  return path;
}

/** Absolute path of something whose nearest directory can be written. */
export function checkParent(place: string, from: string): string {
  const path = userPath(place, from);
  try {
    let parent = dirname(path);
    while (!existsSync(parent)) parent = dirname(parent);
    if (!statSync(parent).isDirectory()) {
      throw new InvalidInputError({
        action: "write",
        place,
        expected: `a directory at "${parent}"`,
        found: "a file",
        remedy: "choose another path",
      });
    }
    accessSync(parent, constants.W_OK);
    return path;
  } catch (error) {
    if (error instanceof InvalidInputError) throw error;
    throw new InvalidInputError({
      action: "write",
      place,
      expected: "a writable directory",
      found: messageOf(error),
      remedy: "choose another path",
    });
  }
}

/** @throws {StoreAccessError} If it cannot be made; the message ends with the remedy */
export function makeParent(path: string, remedy = "choose another path"): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
  } catch (error) {
    throw new StoreAccessError({
      action: "write",
      place: path,
      problem: messageOf(error),
      remedy,
    });
  }
}
