import { basename, dirname, join } from "node:path";
import { DamagedStoreError } from "../../core/errors.ts";
import { transientError } from "../files/access.ts";
import { type Commit, COMMIT_FILE, hashOf } from "../files/commit.ts";
import { readCommitText, requireCommitOf } from "../files/read_commit.ts";
import { openFiles, type StoredFiles } from "../files/stored_files.ts";
import { chunkOf } from "../episodes/layout.ts";

/**
 * Finds damage to what a commit names as far as it shows without reading data again: metadata,
 * policies and commits of shards are compared with their hashes; chunks, which carry checksums of
 * their own, must be there, and a dataset's have the size that was written.
 *
 * @throws {DamagedStoreError} If a file is missing, cut off or not what was written
 */
export function checkStored(directory: string, { files, metrics }: Commit): void {
  const own = openFiles(directory);
  let bytes = 0;
  for (const [path, hash] of files) {
    // Of a manifest, it is the shard that is made again.
    const isShard = basename(path) === COMMIT_FILE;
    bytes += isShard
      ? checkShardCommit(dirname(join(directory, path)), hash)
      : checkFile(own, path, hash);
  }
  const written = metrics["file_size_mb"];
  if (typeof written !== "number" || Math.round(written * 1e6) === bytes) return;
  const expected = `${Math.round(written * 1e6)} bytes in its files, found ${bytes}`;
  throw damaged(directory, expected, directory);
}

/** Compares the commit of a shard with its hash. @returns Its bytes */
function checkShardCommit(directory: string, hash: string): number {
  const files = openFiles(directory), text = readCommitText(files);
  const place = join(files.path, COMMIT_FILE);
  if (text === null) {
    throw damaged(place, "the file that its commit names, found none", files.path);
  }
  if (hashOf(text) !== hash) {
    throw damaged(place, "what was written, found other bytes", files.path);
  }
  return new TextEncoder().encode(text).length;
}

/** Compares a file that is no chunk with its hash. @returns Its bytes */
function checkFile(files: StoredFiles, path: string, hash: string): number {
  const size = files.sizeOf(path), file = join(files.path, path);
  if (size === null) {
    throw damaged(file, "the file that its commit names, found none", files.path);
  }
  const isSound = chunkOf(path) === null ? hashOf(readWhole(files, path)) === hash : size > 0;
  if (!isSound) throw damaged(file, "what was written, found other bytes", files.path);
  return size;
}

/** The bytes of a file that is there. */
function readWhole(files: StoredFiles, path: string): Uint8Array {
  try {
    return files.read(path) ?? new Uint8Array();
  } catch (error) {
    throw transientError(error, join(files.path, path)) ?? error;
  }
}

/**
 * Measures the bytes of a commit: of its own files, then of each shard that it names. The result is
 * written beside the commit, outside every digest: see {@linkcode checkSizes}.
 *
 * @throws {DamagedStoreError} If a file is missing
 */
export function measureStored(directory: string, { files }: Commit): readonly number[] {
  const paths = [...files.keys()];
  const isCommit = (path: string) => basename(path) === COMMIT_FILE;
  const own = bytesOf(openFiles(directory), paths.filter((path) => !isCommit(path)));
  const shards = paths.filter(isCommit).map((path) => {
    const shard = openFiles(dirname(join(directory, path)));
    return bytesOf(shard, [...requireCommitOf(shard).files.keys()]);
  });
  return [own, ...shards];
}

/**
 * Compares the sizes of all files of a commit with what {@linkcode measureStored} found when they
 * were written.
 *
 * @throws {DamagedStoreError} If they are others, naming the shard
 */
export function checkSizes(directory: string, commit: Commit, expected: readonly number[]): void {
  const found = measureStored(directory, commit);
  const shards = [...commit.files.keys()].filter((path) => basename(path) === COMMIT_FILE);
  const places = [directory, ...shards.map((path) => dirname(join(directory, path)))];
  for (const [i, stored] of places.entries()) {
    if (expected[i] === undefined || expected[i] === found[i]) continue;
    const place = openFiles(stored).path;
    throw damaged(place, `${expected[i]} bytes in its files, found ${found[i]}`, place);
  }
}

function bytesOf(files: StoredFiles, paths: readonly string[]): number {
  return paths.reduce((sum, path) => {
    const size = files.sizeOf(path);
    if (size !== null) return sum + size;
    const expected = "the file that its commit names, found none";
    throw damaged(join(files.path, path), expected, files.path);
  }, 0);
}

/** @param place Directory or archive that is made again once it is gone */
function damaged(path: string, expected: string, place: string): DamagedStoreError {
  return new DamagedStoreError({
    action: "use the stored",
    place: path,
    expected,
    remedy: `remove "${place}" and run the pipeline again, which makes the same anew; ` +
      '"deno task verify" names all that is damaged',
  });
}
