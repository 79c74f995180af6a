import { Buffer } from "node:buffer";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { DamagedStoreError } from "../../core/errors.ts";
import type { Blobs } from "../blobs/blobs.ts";
import { type Commit, COMMIT_FILE, hashOf } from "../files/commit.ts";
import { encodeCommit } from "../files/commit_text.ts";
import { readCommitOf } from "../files/read_commit.ts";
import { makeDirectory, writeFileAtomically } from "../files/files.ts";
import { PackedFiles, TAIL } from "../files/packed.ts";
import { archiveSize, encodeDirectory, encodeLocalHeader, type ZipEntry } from "../files/zip.ts";
import { StoreWriter } from "../zarr/writer.ts";

/** Archives of committed files as objects: each is written at once, and there whole or not at all. */

/** What was committed, with its files. */
interface PackedCommit {
  readonly commit: Commit;
  readonly files: PackedFiles;
}

/** Packs the files that a commit names, and the commit as the last of them. */
export function packCommit(commit: Commit, read: (path: string) => Uint8Array): Uint8Array {
  const entries: ZipEntry[] = [], parts: Uint8Array[] = [];
  let offset = 0;
  const append = (name: string, data: Uint8Array) => {
    const entry = { name, size: data.length, crc: crc32(data), offset };
    const header = encodeLocalHeader(entry);
    entries.push(entry);
    parts.push(header, data);
    offset += header.length + data.length;
  };
  for (const name of [...commit.files.keys()].sort()) append(name, read(name));
  for (const { name, bytes } of encodeCommit(commit)) append(name, bytes);
  return Buffer.concat([...parts, encodeDirectory(entries, offset)]);
}

/**
 * Opens an archive that came from elsewhere, and compares all that it holds with its commit.
 *
 * @param place Its name in messages
 * @throws {DamagedStoreError} If it is not what was committed
 */
export function openArchive(place: string, bytes: Uint8Array): PackedCommit {
  const read = (at: number, length: number) => bytes.subarray(at, at + length);
  const files = PackedFiles.over(place, bytes.length, read), commit = commitOf(place, files);
  for (const [name, hash] of commit.files) {
    const data = files.read(name), found = data === null ? "none" : hashOf(data);
    if (found !== hash) throw damaged(place, `"${name}" with sha256 ${hash}`, found);
  }
  return { commit, files };
}

/** Writes the files of an archive as a directory, its commit last. */
export async function unpackArchive(
  { commit, files }: PackedCommit,
  directory: string,
): Promise<void> {
  using writer = new StoreWriter(directory);
  for (const name of commit.files.keys()) await writer.write(name, files.read(name)!); // openArchive() read it
  await writer.commit(commit);
}

/**
 * Writes the files of an archive as a directory, whatever they are; what cannot be read is left out,
 * so that it is found missing there.
 *
 * @param place Its name in messages
 * @returns Why there is no commit among them, null if there is one
 */
export async function unpackUnchecked(
  place: string,
  bytes: Uint8Array,
  directory: string,
): Promise<string | null> {
  makeDirectory(directory);
  const read = (at: number, length: number) => bytes.subarray(at, at + length);
  try {
    const files = PackedFiles.over(place, bytes.length, read);
    const commit = files.read(COMMIT_FILE);
    if (commit === null) return `expected ${COMMIT_FILE} in it, found none`;
    for (const name of files.names) {
      const data = withoutDamage(() => files.read(name));
      if (data !== null) await writeFileAtomically(join(directory, name), data);
    }
    return null;
  } catch (error) {
    if (error instanceof DamagedStoreError) return error.message;
    throw error;
  }
}

/** Returns what is read, null where it is damaged. */
function withoutDamage<Result>(read: () => Result): Result | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof DamagedStoreError) return null;
    throw error;
  }
}

/**
 * Reads the commit in an archive, and not the rest; null if there is none.
 *
 * @throws {DamagedStoreError} If it is not what was written
 */
export async function readArchiveCommit(blobs: Blobs, key: string): Promise<Commit | null> {
  const tail = await blobs.get(key, { last: TAIL });
  if (tail === null) return null;
  const place = `${blobs.place}/${key}`, size = archiveSize(tail);
  if (size === null) throw damaged(place, "an archive", "another file");
  const start = size - tail.length;
  try {
    const files = PackedFiles.over(place, size, (at, length) => {
      if (at < start) throw new BeforeTail();
      return tail.subarray(at - start, at - start + length);
    });
    return commitOf(place, files);
  } catch (error) {
    if (!(error instanceof BeforeTail)) throw error;
    const whole = await blobs.get(key);
    return whole === null ? null : openArchive(place, whole).commit;
  }
}

/** Thrown where the end of an archive does not reach back to what is needed; nobody else sees it. */
class BeforeTail extends Error {}

function commitOf(place: string, files: PackedFiles): Commit {
  const commit = readCommitOf(files);
  if (commit === null) throw damaged(place, COMMIT_FILE, "none");
  return commit;
}

function damaged(place: string, expected: string, found: string): DamagedStoreError {
  const remedy = "remove the object and run the stage again";
  return new DamagedStoreError({ action: "read", place, expected, found, remedy });
}
