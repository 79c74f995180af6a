import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { canonicalJson, type JsonValue, requireJson } from "../../core/canonical.ts";
import { DamagedStoreError, SchemaVersionError } from "../../core/errors.ts";
import { transientError } from "./access.ts";
import { describeFound } from "./bookkeeping.ts";
import { faultOfCommit } from "./commit_shape.ts";
import { isPacked, readLastPacked } from "./packed.ts";
import { openFiles, type StoredFiles } from "./stored_files.ts";

/**
 * `commit.json`: written last, it names every file of its directory, so that a reader sees a
 * directory whole or not at all.
 */

/** Version of everything this code writes; a newer one is refused, naming it. */
export const SCHEMA_VERSION = 1;

/** Name of the file that commits a directory. */
export const COMMIT_FILE = "commit.json";

/** SHA-256 of files, 64 hex digits, by path relative to the directory of the commit. */
export type FileHashes = Readonly<Record<string, string>>;

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

const decoder = new TextDecoder();

/** SHA-256 of bytes, 64 lower-case hex digits. */
export function hashOf(data: Uint8Array | string): string {
  return createHash("sha256").update(data).digest("hex");
}

/** Returns the lines `<sha256>  <path>\n`, sorted bytewise, which `sha256sum` prints and checks. */
export function sumsOf(files: FileHashes): string {
  return Object.entries(files).map(([path, hash]) => `${hash}  ${path}\n`).sort().join("");
}

/** SHA-256 of what {@linkcode sumsOf} returns. */
function digestOfFiles(files: FileHashes): string {
  return hashOf(sumsOf(files));
}

/** A commit of files. */
export function createCommit(files: FileHashes, info: CommitInfo): Commit {
  const { kind, counts = {}, metrics = {}, attributes = {} } = info;
  const digest = digestOfFiles(files);
  return { schemaVersion: SCHEMA_VERSION, kind, digest, files, counts, metrics, attributes };
}

/** The text of `commit.json`: canonical JSON with its own hash, so that damage to it shows. */
export function encodeCommit(commit: Commit): string {
  const content: unknown = commit;
  requireJson(content, COMMIT_FILE);
  return canonicalJson({ ...commit, checksum: hashOf(canonicalJson(content)) }) + "\n";
}

/**
 * The commit of a directory, null if it has none.
 *
 * @throws {DamagedStoreError} If `commit.json` is not what was written
 * @throws {SchemaVersionError} If a newer version wrote it
 */
export function readCommit(directory: string): Promise<Commit | null> {
  return new Promise((resolve) => resolve(readCommitSync(directory)));
}

/** {@linkcode readCommit} at once. */
export function readCommitSync(directory: string): Commit | null {
  return readCommitOf(openFiles(directory));
}

/** What a look at very many commits tells of each. */
export type CommitFigures = Pick<Commit, "attributes" | "counts" | "digest">;

/**
 * {@linkcode readCommitSync} for a look at very many: what lies packed is read by its end alone, so
 * damage to the list of its files, or to them, does not show. Whoever uses them opens them.
 */
export function readFiguresQuickly(directory: string): CommitFigures | null {
  const bytes = readLastPacked(directory, COMMIT_FILE);
  const figures = bytes === null ? null : decodeFigures(decoder.decode(bytes));
  return figures ?? readCommitSync(directory); // which tells what is wrong
}

/**
 * Decodes the figures in a commit of this version, whose names of files, most of it, are hashed and
 * not decoded. Null if they are not as written, or not found.
 */
function decodeFigures(text: string): CommitFigures | null {
  const end = text.indexOf(',"files":{'); // the names are sorted: the figures are before
  if (end < 0 || !text.endsWith(`,"schemaVersion":${SCHEMA_VERSION}}\n`)) return null;
  let content: CommitFigures & { readonly checksum: string }; // if the checksum says so
  try {
    content = JSON.parse(text.slice(0, end) + "}");
  } catch {
    return null; // files in an attribute
  }
  if (!isAsWritten(text, content)) return null;
  const { attributes, counts, digest } = content, figures = { attributes, counts, digest };
  const others = { schemaVersion: SCHEMA_VERSION, kind: "", files: {}, metrics: {} };
  return faultOfCommit({ ...others, ...figures }) === null ? figures : null;
}

/** The commit among the files of a directory, null if it has none; see {@linkcode readCommit}. */
export function readCommitOf(files: StoredFiles): Commit | null {
  const text = readCommitText(files);
  return text === null ? null : decodeCommit(text, files);
}

/** Whether something is committed in a directory, or packed: without looking at what it is. */
export function hasCommit(directory: string): boolean {
  return isPacked(directory) || existsSync(join(directory, COMMIT_FILE));
}

/** The text of `commit.json`, null if there is none. @throws {DamagedStoreError} If it is no file */
export function readCommitText(files: StoredFiles): string | null {
  try {
    const bytes = files.read(COMMIT_FILE);
    return bytes === null ? null : decoder.decode(bytes);
  } catch (error) {
    if (error instanceof DamagedStoreError) throw error;
    throw transientError(error, join(files.path, COMMIT_FILE)) ??
      damagedCommit(files, describeFound(error));
  }
}

/** The commit of a directory that must have one. */
export function requireCommit(directory: string): Commit {
  return requireCommitOf(openFiles(directory));
}

/** The commit among files that must have one. */
export function requireCommitOf(files: StoredFiles): Commit {
  const commit = readCommitOf(files);
  if (commit !== null) return commit;
  if (!existsSync(files.path)) {
    throw new DamagedStoreError({
      action: "open",
      place: files.path,
      expected: "what a stage has written",
      found: "nothing",
      remedy: "check the path, or run the stage again",
    });
  }
  throw new DamagedStoreError({
    action: "open",
    place: files.path,
    expected: COMMIT_FILE,
    found: "none",
    remedy: "run the stage again",
  });
}

/**
 * Decodes the text of `commit.json`.
 *
 * @param source Where it was found
 * @throws {DamagedStoreError} If it is not what was written
 * @throws {SchemaVersionError} If a newer version wrote it
 */
export function decodeCommit(text: string, source: CommitSource): Commit {
  let content: Commit & { readonly checksum: string }; // if the checksum says so
  try {
    content = JSON.parse(text);
  } catch {
    throw damagedCommit(source, "text that is no JSON");
  }
  if (typeof content !== "object" || content === null || !("schemaVersion" in content)) {
    throw damagedCommit(source, "no schema version");
  }
  const { checksum, ...commit } = content, version = commit.schemaVersion;
  if (version > SCHEMA_VERSION) {
    throw new SchemaVersionError({
      action: "open",
      place: `${source.path}/${COMMIT_FILE}`,
      problem: `schema is ${version}, expected at most ${SCHEMA_VERSION}`,
      remedy: "open it with the newer Sluice that wrote it",
    });
  }
  if (!isAsWritten(text, content)) {
    if (hashOf(canonicalJson(commit)) !== checksum) throw damagedCommit(source, "another checksum");
    // Which the checksum says to be what encodeCommit() was given.
    if (encodeCommit(commit) !== text) throw damagedCommit(source, "the same in other words");
  }
  const fault = faultOfCommit({ ...commit });
  if (fault !== null) throw damagedCommit(source, fault);
  return commit;
}

/**
 * Whether a text has the checksum of the rest of it, where {@linkcode encodeCommit} puts it. What
 * that wrote need not be made again to compare: thousands of commits are read at once.
 */
function isAsWritten(
  text: string,
  { attributes, checksum }: Pick<Commit, "attributes"> & { checksum: string },
): boolean {
  if (attributes === undefined) return false;
  // The names in a commit are sorted.
  const head = `{"attributes":${canonicalJson(attributes)},`, field = `"checksum":"${checksum}",`;
  if (!text.startsWith(head + field) || !text.endsWith("}\n")) return false;
  return hashOf(head + text.slice(head.length + field.length, -1)) === checksum;
}

/** Place of a commit, and the name of what it commits, for messages. */
export interface CommitSource {
  readonly path: string;
  readonly holder: StoredFiles["holder"] | "prefix";
}

function damagedCommit({ path, holder }: CommitSource, found: string): DamagedStoreError {
  return new DamagedStoreError({
    action: "open",
    place: `${path}/${COMMIT_FILE}`,
    expected: "a commit",
    found,
    remedy: `remove its ${holder} and run the stage again`,
  });
}
