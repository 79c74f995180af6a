import { StoreAccessError, TransientStoreError } from "../../core/errors.ts";

const ELSEWHERE = "or set SLUICE_HOME to another directory, and run again; what is committed stays";

const REMEDIES: Readonly<Record<string, string>> = {
  ENOSPC: `expected free space, found the disk full: free some, ${ELSEWHERE}`,
  EDQUOT: `expected free space, found the quota used up: free some, ${ELSEWHERE}`,
  EROFS: `expected a writable disk, found it read-only: remount it, ${ELSEWHERE}`,
  EACCES: `expected permission to write, found none: give it, ${ELSEWHERE}`,
  EPERM: `expected permission to write, found none: give it, ${ELSEWHERE}`,
  ENOTDIR: `expected a directory, found a file in its place: move it, ${ELSEWHERE}`,
  EISDIR: `expected a file, found a directory in its place: move it, ${ELSEWHERE}`,
  ELOOP: `expected a file or a directory, found links in a circle: remove them, ${ELSEWHERE}`,
};

/** Errors that may pass by themselves: Sluice retries a few times before it asks a person. */
const TRANSIENT: Readonly<Record<string, string>> = {
  EIO: `expected a disk that answers, found an input/output error: look at the disk, ${ELSEWHERE}`,
  EMFILE: "expected a file to open, found this process at its limit of open files: raise it " +
    '("ulimit -n 4096") and run again; what is committed stays',
  ENFILE: "expected a file to open, found the machine at its limit of open files: end other " +
    "programs, or raise fs.file-max, and run again; what is committed stays",
};

/** The code of an error of the operating system (`ENOENT`), undefined for any other error. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/**
 * A {@linkcode StoreAccessError} or {@linkcode TransientStoreError} in place of an error that says
 * that a path cannot be written, or read.
 */
export function accessError(error: unknown, path: string, verb = "write"): unknown {
  const code = systemCode(error) ?? "";
  const fields = (remedy: string) => ({ action: verb, place: path, remedy });
  if (TRANSIENT[code] !== undefined) return new TransientStoreError(fields(TRANSIENT[code]));
  const remedy = REMEDIES[code];
  return remedy === undefined ? error : new StoreAccessError(fields(remedy));
}

/** {@linkcode accessError} for an error that says itself what it is about. */
export function namedError(error: unknown): unknown {
  return accessError(error, pathIn(error), "use");
}

/** Returns the path that an error of the operating system is about; a full disk has none. */
function pathIn(error: unknown): string {
  if (!(error instanceof Error)) return "the data directory";
  const named = "path" in error ? error.path : undefined;
  const quoted = /(?:open|mkdir|write|rename|scandir) '([^']+)'/.exec(error.message)?.[1];
  return typeof named === "string" ? named : quoted ?? "the data directory";
}

/** A {@linkcode TransientStoreError} for an error that says nothing of what is stored; else null. */
export function transientError(error: unknown, path: string): TransientStoreError | null {
  const named = accessError(error, path, "read");
  return named instanceof TransientStoreError ? named : null;
}

/** Runs what writes at a path; see {@linkcode accessError}. */
export async function withAccess<T>(path: string, write: () => T | Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    throw accessError(error, path);
  }
}
