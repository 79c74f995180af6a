import { createHash } from "node:crypto";
import type { JsonValue } from "../../core/canonical.ts";
import { INDEXED_VERSION } from "./commit_shape.ts";
import type { FileHashes } from "./file_index.ts";

/**
 * `commit.json`: written last, it names every file of its directory, so that a reader sees a
 * directory whole or not at all.
 */

/**
 * Version of everything this code writes, but for commits with an index; a newer one is refused,
 * naming it.
 */
export const SCHEMA_VERSION = 1;

/** Files from which a commit has an index: below, `commit.json` is read in some milliseconds. */
const MANY_FILES = 4096;

/** Name of the file that commits a directory. */
export const COMMIT_FILE = "commit.json";

/**
 * Content of a commit besides the files. It is deterministic, without times and hosts, except for
 * metrics `..._per_second`.
 */
export interface CommitInfo {
  /** A stage kind, `shard`, `verdicts` or `checkpoint`. */
  readonly kind: string;
  readonly counts?: Readonly<Record<string, number>>;
  readonly metrics?: Readonly<Record<string, number | string>>;
  readonly attributes?: Readonly<Record<string, JsonValue>>;
}

/** The content of `commit.json`. */
export interface Commit extends Required<CommitInfo> {
  readonly schemaVersion: number;
  /** See {@linkcode digestOfFiles}. */
  readonly digest: string;
  readonly files: FileHashes;
}

/** SHA-256 of bytes, 64 lower-case hex digits. */
export function hashOf(data: Uint8Array | string): string {
  return createHash("sha256").update(data).digest("hex");
}

/** Returns the lines `<sha256>  <path>\n`, sorted bytewise, which `sha256sum` prints and checks. */
export function sumsOf(files: FileHashes): string {
  return [...files].map(([path, hash]) => `${hash}  ${path}\n`).sort().join("");
}

/** SHA-256 of what {@linkcode sumsOf} returns. */
function digestOfFiles(files: FileHashes): string {
  return hashOf(sumsOf(files));
}

/** A commit of files. */
export function createCommit(files: FileHashes, info: CommitInfo): Commit {
  const { kind, counts = {}, metrics = {}, attributes = {} } = info;
  const schemaVersion = files.size < MANY_FILES ? SCHEMA_VERSION : INDEXED_VERSION;
  return { schemaVersion, kind, digest: digestOfFiles(files), files, counts, metrics, attributes };
}
