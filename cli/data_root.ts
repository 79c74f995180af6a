import { mkdir } from "node:fs/promises";
import { resolve } from "node:path";
import { messageOf, StoreAccessError } from "../core/errors.ts";

/** Absolute path of the data directory: `SLUICE_HOME`, else `data` in the working directory. */
export function dataRoot(): string {
  return resolve(Deno.env.get("SLUICE_HOME") || "data");
}

/** Makes the data directory. @throws {StoreAccessError} If nothing can be written there */
export async function makeDataRoot(root: string): Promise<void> {
  try {
    await mkdir(root, { recursive: true });
    await Deno.remove(await Deno.makeTempFile({ dir: root, prefix: ".writable-" }));
  } catch (error) {
    throw new StoreAccessError(
      `Cannot write to the data directory "${root}": expected a writable directory, found ` +
        `${messageOf(error)}: make it writable, or set SLUICE_HOME to another`,
    );
  }
}

/** Absolute path of a file that a person names: `deno task` changes the working directory. */
export function userPath(path: string): string {
  return resolve(Deno.env.get("INIT_CWD") || Deno.cwd(), path);
}

/** A path as a person reads it: relative to the working directory where it lies in there. */
export function displayPath(path: string): string {
  const here = `${Deno.cwd()}/`;
  return path.startsWith(here) ? path.slice(here.length) : path;
}
