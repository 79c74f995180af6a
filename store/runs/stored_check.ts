import { readFileSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { DamagedStoreError } from "../../core/errors.ts";
import { transientError } from "../files/access.ts";
import { type Commit, COMMIT_FILE, hashOf, requireCommit } from "../files/commit.ts";
import { chunkOf } from "../episodes/layout.ts";

/**
 * Finds damage to what a commit names as far as it shows without reading data again: metadata,
 * policies and commits of shards are compared with their hashes; chunks, which carry checksums of
 * their own, must be there, and a dataset's have the size that was written.
 *
 * @throws {DamagedStoreError} If a file is missing, cut off or not what was written
 */
export function checkStored(directory: string, { files, metrics }: Commit): void {
  let bytes = 0;
  for (const [path, hash] of Object.entries(files)) {
    const file = join(directory, path), size = sizeOf(file);
    // Of a manifest, it is the shard that is made again.
    const place = basename(path) === COMMIT_FILE ? dirname(file) : directory;
    if (size === null) throw damaged(file, "the file that its commit names, found none", place);
    bytes += size;
    const isSound = chunkOf(path) === null ? hashOf(readFileSync(file)) === hash : size > 0;
    if (!isSound) throw damaged(file, "what was written, found other bytes", place);
  }
  const written = metrics["file_size_mb"];
  if (typeof written !== "number" || Math.round(written * 1e6) === bytes) return;
  const expected = `${Math.round(written * 1e6)} bytes in its files, found ${bytes}`;
  throw damaged(directory, expected, directory);
}

/**
 * Measures the bytes of a commit: of its own files, then of each shard that it names. The result is
 * written beside the commit, outside every digest: see {@linkcode checkSizes}.
 *
 * @throws {DamagedStoreError} If a file is missing
 */
export function measureStored(directory: string, { files }: Commit): readonly number[] {
  const paths = Object.keys(files);
  const isCommit = (path: string) => basename(path) === COMMIT_FILE;
  const own = bytesOf(directory, paths.filter((path) => !isCommit(path)));
  const shards = paths.filter(isCommit).map((path) => {
    const shard = dirname(join(directory, path));
    return bytesOf(shard, Object.keys(requireCommit(shard).files));
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
  const shards = Object.keys(commit.files).filter((path) => basename(path) === COMMIT_FILE);
  const places = [directory, ...shards.map((path) => dirname(join(directory, path)))];
  for (const [i, place] of places.entries()) {
    if (expected[i] === undefined || expected[i] === found[i]) continue;
    throw damaged(place, `${expected[i]} bytes in its files, found ${found[i]}`, place);
  }
}

function bytesOf(directory: string, paths: readonly string[]): number {
  return paths.reduce((sum, path) => {
    const file = join(directory, path), size = sizeOf(file);
    if (size !== null) return sum + size;
    throw damaged(file, "the file that its commit names, found none", directory);
  }, 0);
}

function sizeOf(path: string): number | null {
  try {
    const stat = statSync(path);
    return stat.isFile() ? stat.size : null;
  } catch (error) {
    const transient = transientError(error, path);
    if (transient !== null) throw transient;
    return null; // nothing, or links in a circle
  }
}

/** @param place Directory that is made again once it is gone */
function damaged(path: string, expected: string, place: string): DamagedStoreError {
  return new DamagedStoreError({
    action: "use the stored",
    place: path,
    expected,
    remedy: `remove "${place}" and run the pipeline again, which makes the same anew; ` +
      '"deno task verify" names all that is damaged',
  });
}
