import { resolve } from "node:path";

/** Absolute path of the data directory: `SLUICE_HOME`, else `data` in the working directory. */
export function dataRoot(): string {
  return resolve(Deno.env.get("SLUICE_HOME") || "data");
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
