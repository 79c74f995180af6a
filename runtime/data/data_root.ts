import { mkdir } from "node:fs/promises";
import { existsSync, statSync } from "node:fs";
import { relative, resolve } from "node:path";
import { InvalidInputError, messageOf, StoreAccessError } from "../../core/errors.ts";
import { isS3Place } from "../../store/mod.ts";

/**
 * Returns the absolute path of the data directory: the given one, or else `data` in the project's
 * directory.
 *
 * @param home The path that a person gives it, as `SLUICE_HOME` does
 * @param from Absolute path of the person's directory
 * @throws {InvalidInputError} If something else is there, so that it can never be one
 */
export function dataRoot(home: string | undefined, from: string): string {
  if (home !== undefined && isS3Place(home)) {
    throw new InvalidInputError({
      action: "use the data directory",
      place: home,
      expected: "a directory",
      found: "a bucket",
      remedy: "set SLUICE_HOME to a directory, and publish datasets with " +
        '"deno task export --to zarr --output s3://BUCKET/PREFIX"',
    });
  }
  const root = home ? userPath(home, from) : resolve("data"); // tasks run in the project's directory
  const obstacle = obstacleAt(root);
  if (obstacle === null) return root;
  throw new InvalidInputError({
    action: "use the data directory",
    place: root,
    expected: "a directory, or room for one",
    found: obstacle,
    remedy: "set SLUICE_HOME to another directory",
  });
}

/** Returns why there can be no directory at a path, null if there is one or may be. */
function obstacleAt(path: string): string | null {
  try {
    const stat = statSync(path, { throwIfNoEntry: false });
    return stat === undefined || stat.isDirectory() ? null : "a file";
  } catch (error) {
    return error instanceof Deno.errors.NotCapable
      ? "a system directory that Deno does not let programs use"
      : messageOf(error);
  }
}

/** Makes the data directory. @throws {StoreAccessError} If nothing can be written there */
export async function makeDataRoot(root: string): Promise<void> {
  try {
    await mkdir(root, { recursive: true });
    await Deno.remove(await Deno.makeTempFile({ dir: root, prefix: ".writable-" }));
  } catch (error) {
    throw new StoreAccessError({
      action: "write to the data directory",
      place: root,
      expected: "a writable directory",
      found: messageOf(error),
      remedy: "make it writable, or set SLUICE_HOME to another directory",
    });
  }
}

/**
 * Returns the absolute path of a file that a person names.
 *
 * @param from Absolute path of the person's directory
 */
export function userPath(path: string, from: string): string {
  return resolve(from, path);
}

/** Shortens a path for people: relative to the person's directory if it is in there. */
export function displayPath(path: string, from: string): string {
  const here = `${resolve(from)}/`;
  return path.startsWith(here) ? path.slice(here.length) : path;
}

/**
 * Returns the name of something in the data root as a declaration may name it: a path becomes
 * relative to the root; anything else (`reach-expert/7`) stays.
 *
 * @throws {InvalidInputError} If the path leads elsewhere
 */
export function storedName(
  text: string,
  { root, from }: { readonly root: string; readonly from: string },
): string {
  const path = userPath(text, from), inside = relative(root, path);
  if (existsSync(path) && inside !== "" && !inside.startsWith("..")) return inside;
  // A run may have the name of a directory that happens to be here.
  if (!/^[./~]/.test(text)) return text;
  throw new InvalidInputError({
    action: "use",
    place: text,
    expected: `something in the data directory "${root}"`,
    found: `"${path}"`,
    remedy: "set SLUICE_HOME to the directory that holds it",
  });
}
