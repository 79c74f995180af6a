import { mkdir } from "node:fs/promises";
import { existsSync, statSync } from "node:fs";
import { relative, resolve } from "node:path";
import { InvalidInputError, messageOf, StoreAccessError } from "../../core/errors.ts";

/**
 * Absolute path of the data directory: `SLUICE_HOME`, else `data` in the project's directory.
 *
 * @param home The path that a person gives it
 * @throws {InvalidInputError} If something else is there, so that it can never be one
 */
export function dataRoot(home: string | undefined = Deno.env.get("SLUICE_HOME")): string {
  const root = home ? userPath(home) : resolve("data"); // tasks run in the project's directory
  const obstacle = obstacleAt(root);
  if (obstacle === null) return root;
  throw new InvalidInputError(
    `Cannot use the data directory "${root}": expected a directory, or room for one, ` +
      `found ${obstacle}: set SLUICE_HOME to another directory`,
  );
}

/** Why there can be no directory at a path, null if there is one or may be. */
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
    throw new StoreAccessError(
      `Cannot write to the data directory "${root}": expected a writable directory, found ` +
        `${messageOf(error)}: make it writable, or set SLUICE_HOME to another directory`,
    );
  }
}

/** Absolute path of a file that a person names: `deno task` changes the working directory. */
export function userPath(path: string): string {
  return resolve(Deno.env.get("INIT_CWD") || Deno.cwd(), path);
}

/** A path as a person reads it: relative to the working directory where it lies in there. */
export function displayPath(path: string): string {
  const here = `${userPath(".")}/`;
  return path.startsWith(here) ? path.slice(here.length) : path;
}

/**
 * What a person names in the data root, as a declaration may name it: a path becomes relative to the
 * root, whatever is no path (`reach-expert/7`) stays.
 *
 * @throws {InvalidInputError} If the path leads elsewhere
 */
export function storedName(root: string, text: string): string {
  const path = userPath(text), inside = relative(root, path);
  if (existsSync(path) && inside !== "" && !inside.startsWith("..")) return inside;
  // A run may have the name of a directory that happens to be here.
  if (!/^[./~]/.test(text)) return text;
  throw new InvalidInputError(
    `Cannot use "${text}": expected something in the data directory "${root}", found "${path}": ` +
      "set SLUICE_HOME to the directory that holds it",
  );
}
