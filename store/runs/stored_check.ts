import { readFileSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { DamagedStoreError } from "../../core/errors.ts";
import { systemCode } from "../files/access.ts";
import { type Commit, COMMIT_FILE, hashOf } from "../files/commit.ts";
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

function sizeOf(path: string): number | null {
  try {
    const stat = statSync(path);
    return stat.isFile() ? stat.size : null;
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(systemCode(error) ?? "")) return null;
    throw error;
  }
}

/** @param place Directory that is made again once it is gone */
function damaged(path: string, expected: string, place: string): DamagedStoreError {
  return new DamagedStoreError(
    `Cannot use the stored "${path}": expected ${expected}: remove "${place}" and ` +
      'run the pipeline again, which makes the same anew; "deno task verify" names all that is damaged',
  );
}
