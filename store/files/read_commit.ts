import { existsSync } from "node:fs";
import { join } from "node:path";
import { DamagedStoreError } from "../../core/errors.ts";
import { type Commit, COMMIT_FILE, SCHEMA_VERSION } from "./commit.ts";
import { faultOfCommit } from "./commit_shape.ts";
import { decodeCommit, isAsWritten, readBeside } from "./commit_text.ts";
import { isPacked, readLastPacked } from "./packed.ts";
import { openFiles, type StoredFiles } from "./stored_files.ts";

const decoder = new TextDecoder();

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
  const bytes = readBeside(files, COMMIT_FILE);
  return bytes === null ? null : decoder.decode(bytes);
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
