import type { JsonValue } from "../core/canonical.ts";

/** Version of everything this code writes; a newer one is refused, naming it. */
export const SCHEMA_VERSION = 1;

/** SHA-256 of files, 64 hex digits, by path relative to the directory of the commit. */
export type FileHashes = Readonly<Record<string, string>>;

/** What a commit says of its directory beside the files. Deterministic: no times, no hosts. */
export interface CommitInfo {
  /** A stage kind, `shard`, `verdicts` or `checkpoint`. */
  readonly kind: string;
  readonly counts?: Readonly<Record<string, number>>;
  readonly metrics?: Readonly<Record<string, number | string>>;
  readonly attributes?: Readonly<Record<string, JsonValue>>;
}

/** The content of `commit.json`: a reader opens only what it names. */
export interface Commit extends Required<CommitInfo> {
  readonly schemaVersion: number;
  /** SHA-256 of the lines `<sha256>  <path>\n` of `files`, sorted bytewise. */
  readonly digest: string;
  readonly files: FileHashes;
}

/**
 * The commit of a directory, null where it has none.
 *
 * @throws {DamagedStoreError} If `commit.json` is not what was written
 * @throws {SchemaVersionError} If a newer version wrote it
 */
export function readCommit(_directory: string): Promise<Commit | null> {
  throw new Error("not built yet");
}

/**
 * Removes temporaries that a killed process left below a directory. Only for who holds its lock.
 *
 * @returns Number of files removed
 */
export function removeStrays(_directory: string): Promise<number> {
  throw new Error("not built yet");
}
