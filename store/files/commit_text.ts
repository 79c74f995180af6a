import { join } from "node:path";
import { canonicalJson, requireJson } from "../../core/canonical.ts";
import { DamagedStoreError, SchemaVersionError } from "../../core/errors.ts";
import { transientError } from "./access.ts";
import { describeFound } from "./bookkeeping.ts";
import { type Commit, COMMIT_FILE, hashOf } from "./commit.ts";
import { faultOfCommit, INDEXED_VERSION, type IndexReference } from "./commit_shape.ts";
import { encodeIndex, type FileHashes, FileIndex, INDEX_FILE } from "./file_index.ts";
import { writeFileAtomicallySync } from "./files.ts";
import type { StoredFiles } from "./stored_files.ts";

/** Commits as text, and their index where they have one. */

/** A file by which something is committed. */
export interface CommitFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** The files by which a commit is stored, in the order in which they are written. */
export function encodeCommit(commit: Commit): readonly CommitFile[] {
  const index = indexOf(commit), bytes = new TextEncoder().encode(textOf(commit, index));
  const last = { name: COMMIT_FILE, bytes };
  return index === null ? [last] : [{ name: INDEX_FILE, bytes: index }, last];
}

/** The text of `commit.json`: canonical JSON with its own hash, so that damage to it shows. */
export function commitText(commit: Commit): string {
  return textOf(commit, indexOf(commit));
}

function indexOf({ schemaVersion, files }: Commit): Uint8Array | null {
  return schemaVersion === INDEXED_VERSION ? encodeIndex(files) : null;
}

function textOf({ files, ...rest }: Commit, index: Uint8Array | null): string {
  const named = index === null
    ? { files: Object.fromEntries(files) }
    : { index: { files: files.size, sha256: hashOf(index) } };
  return withChecksum({ ...rest, ...named });
}

/** Canonical JSON with its own hash. */
function withChecksum(content: object): string {
  const whole: Record<string, unknown> = { ...content };
  requireJson(whole, COMMIT_FILE);
  const checksum = hashOf(canonicalJson(whole));
  return canonicalJson(Object.assign(whole, { checksum })) + "\n";
}

/** Writes a commit, whose files are on the disk. */
export function writeCommit(directory: string, commit: Commit): void {
  for (const { name, bytes } of encodeCommit(commit)) {
    writeFileAtomicallySync(join(directory, name), bytes);
  }
}

/**
 * Decodes the text of `commit.json`.
 *
 * @param source Where it was found
 * @throws {DamagedStoreError} If it is not what was written
 * @throws {SchemaVersionError} If a newer version wrote it
 */
export function decodeCommit(text: string, source: CommitSource): Commit {
  let content: StoredCommit & { readonly checksum: string }; // if the checksum says so
  try {
    content = JSON.parse(text);
  } catch {
    throw damagedCommit(source, "text that is no JSON");
  }
  if (typeof content !== "object" || content === null || !("schemaVersion" in content)) {
    throw damagedCommit(source, "no schema version");
  }
  const { checksum, ...stored } = content, version = stored.schemaVersion;
  if (version > INDEXED_VERSION) {
    throw new SchemaVersionError({
      action: "open",
      place: `${source.path}/${COMMIT_FILE}`,
      problem: `schema is ${version}, expected at most ${INDEXED_VERSION}`,
      remedy: "open it with the newer Sluice that wrote it",
    });
  }
  if (!isAsWritten(text, content)) {
    if (hashOf(canonicalJson(stored)) !== checksum) throw damagedCommit(source, "another checksum");
    if (withChecksum(stored) !== text) throw damagedCommit(source, "the same in other words");
  }
  const fault = faultOfCommit(stored);
  if (fault !== null) throw damagedCommit(source, fault);
  const { index, files, ...commit } = stored;
  return {
    ...commit,
    files: index === undefined
      ? new Map(Object.entries(files ?? {})) // one of both, as faultOfCommit() found
      : new IndexedFiles(index, () => readIndex(source, index)),
  };
}

/** The content of `commit.json` but for its checksum. */
type StoredCommit = Omit<Commit, "files"> & {
  readonly files?: Readonly<Record<string, string>>;
  readonly index?: IndexReference;
};

/** Files of a commit whose index is read when they are asked for: most looks at a commit do not. */
class IndexedFiles implements FileHashes {
  readonly size: number;
  readonly #read: () => FileIndex;
  #index: FileIndex | null = null;

  constructor({ files }: IndexReference, read: () => FileIndex) {
    this.size = files;
    this.#read = read;
  }

  get #files(): FileIndex {
    return this.#index ??= this.#read();
  }

  get(path: string): string | undefined {
    return this.#files.get(path);
  }

  has(path: string): boolean {
    return this.#files.has(path);
  }

  keys(): Iterable<string> {
    return this.#files.keys();
  }

  [Symbol.iterator](): Iterator<readonly [path: string, hash: string]> {
    return this.#files[Symbol.iterator]();
  }
}

/** Reads the index of a commit, where it has one. @throws {DamagedStoreError} If it is damaged */
export function requireIndex({ files }: Commit): void {
  files.has("");
}

/** @throws {DamagedStoreError} If the index is not what was written */
function readIndex(source: CommitSource, { files, sha256 }: IndexReference): FileIndex {
  const bytes = readBeside(source, INDEX_FILE);
  if (bytes === null) throw damagedFile(source, INDEX_FILE, "none");
  if (hashOf(bytes) !== sha256) throw damagedFile(source, INDEX_FILE, "another checksum");
  try {
    const index = new FileIndex(bytes);
    if (index.size === files) return index;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw damagedFile(source, INDEX_FILE, error.message);
  }
  throw damagedFile(source, INDEX_FILE, "another number of files");
}

/**
 * Whether a text has the checksum of the rest of it, where {@linkcode encodeCommit} puts it. What
 * that wrote need not be made again to compare: thousands of commits are read at once.
 */
export function isAsWritten(
  text: string,
  { attributes, checksum }: Pick<Commit, "attributes"> & { checksum: string },
): boolean {
  if (attributes === undefined) return false;
  // The names in a commit are sorted.
  const head = `{"attributes":${canonicalJson(attributes)},`, field = `"checksum":"${checksum}",`;
  if (!text.startsWith(head + field) || !text.endsWith("}\n")) return false;
  return hashOf(head + text.slice(head.length + field.length, -1)) === checksum;
}

/** Place of a commit, and what holds it, for messages; reads the files beside it. */
export interface CommitSource extends Pick<StoredFiles, "path" | "read"> {
  readonly holder: StoredFiles["holder"] | "prefix";
}

/** A file beside a commit, null if there is none. @throws {DamagedStoreError} If it is no file */
export function readBeside(source: CommitSource, name: string): Uint8Array | null {
  try {
    return source.read(name);
  } catch (error) {
    if (error instanceof DamagedStoreError) throw error;
    throw transientError(error, join(source.path, name)) ??
      damagedFile(source, name, describeFound(error));
  }
}

function damagedCommit(source: CommitSource, found: string): DamagedStoreError {
  return damagedFile(source, COMMIT_FILE, found);
}

function damagedFile(
  { path, holder }: CommitSource,
  name: string,
  found: string,
): DamagedStoreError {
  return new DamagedStoreError({
    action: "open",
    place: `${path}/${name}`,
    expected: name === COMMIT_FILE ? "a commit" : "the index of a commit",
    found,
    remedy: `remove its ${holder} and run the stage again`,
  });
}
