import { StoreAccessError } from "../../core/errors.ts";

const ELSEWHERE = "or set SLUICE_HOME to another directory, and run again; what is committed stays";

const REMEDIES: Readonly<Record<string, string>> = {
  ENOSPC: `expected free space, found the disk full: free some, ${ELSEWHERE}`,
  EDQUOT: `expected free space, found the quota used up: free some, ${ELSEWHERE}`,
  EROFS: `expected a writable disk, found it read-only: remount it, ${ELSEWHERE}`,
  EACCES: `expected permission to write, found none: give it, ${ELSEWHERE}`,
  EPERM: `expected permission to write, found none: give it, ${ELSEWHERE}`,
  ENOTDIR: `expected a directory, found a file in its place: move it, ${ELSEWHERE}`,
};

/** The code of an error of the operating system (`ENOENT`), undefined for any other error. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** A {@linkcode StoreAccessError} in place of an error that says a path cannot be written. */
export function accessError(error: unknown, path: string): unknown {
  const remedy = REMEDIES[systemCode(error) ?? ""];
  return remedy === undefined ? error : new StoreAccessError(`Cannot write "${path}": ${remedy}`);
}

/** Runs what writes at a path; see {@linkcode accessError}. */
export async function withAccess<T>(path: string, write: () => T | Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    throw accessError(error, path);
  }
}
