import * as data from "../../runtime/data/data_root.ts";
import { requireRootSchema } from "../../store/root/root_file.ts"; // not the whole store

/**
 * Reads places from the environment of the process: the data directory, and the person's directory.
 */

/** Absolute path of the person's directory: `deno task` changes the working directory. */
export function workingDirectory(): string {
  return Deno.env.get("INIT_CWD") || Deno.cwd();
}

/**
 * Absolute path of the data directory: `SLUICE_HOME`, else `data` in the project's directory.
 *
 * @throws {InvalidInputError} If something else is there, so that it can never be one
 * @throws {SchemaVersionError} If a newer version of Sluice wrote it
 */
export function dataRoot(): string {
  const root = data.dataRoot(Deno.env.get("SLUICE_HOME"), workingDirectory());
  requireRootSchema(root);
  return root;
}

/** Opens the data directory, which may lie in a bucket. @throws As `openDataRoot()` of `runtime/` */
export function openDataRoot(options: { readonly create: boolean }): Promise<data.DataRoot> {
  return data.openDataRoot({
    ...options,
    environment: environmentVariables(),
    from: workingDirectory(),
  });
}

/** Returns the absolute path of a file that a person names. */
export function userPath(path: string): string {
  return data.userPath(path, workingDirectory());
}

/** Shortens a path for people: relative to the working directory if it is in there. */
export function displayPath(path: string): string {
  return data.displayPath(path, workingDirectory());
}

/** Returns the name of something in the data root as a declaration may name it. */
export function storedName(root: string, text: string): string {
  return data.storedName(text, { root, from: workingDirectory() });
}

/** Variables of the environment, for what starts or finds a server. */
export function environmentVariables(): Readonly<Record<string, string>> {
  return Deno.env.toObject();
}
