import { readStoredCommit } from "./stored_commit.ts";
import { INDEX_FILE } from "../files/file_index.ts";
import { Buffer } from "node:buffer";
import { InvalidInputError } from "../../core/errors.ts";
import { describeFile } from "../episodes/layout.ts";
import { type Commit, COMMIT_FILE, hashOf } from "../files/commit.ts";
import { encodeCommit } from "../files/commit_text.ts";
import type { Fault, VerifyOptions, VerifyReport } from "../runs/verify.ts";
import { CommittedFiles } from "../zarr/reader.ts";
import { type Blobs, putProving } from "./blobs.ts";
import { inParallel } from "./in_parallel.ts";

/** Progress of a publication. */
export interface PublishProgress {
  readonly files: number;
  readonly total: number;
}

export interface PublishOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: PublishProgress) => void;
}

/** Result of a publication. */
export interface Published {
  /** Bytes of all objects. */
  readonly bytes: number;
  readonly digest: string;
  /** Whether all of it was there before. */
  readonly isOld: boolean;
}

/** Objects written at a time: a store answers in some 20 ms, whatever the size of a chunk. */
const PARALLEL = 16;

/** Root metadata of a dataset, which differs between any two: the first object to be written. */
const ROOT_FILE = "zarr.json";

/**
 * Copies a committed dataset to a place of objects under the same names, with its commit last, so
 * that it is there whole or not at all. A publication that was cut short is completed.
 *
 * @throws {InvalidInputError} If the place holds another dataset, or ignores conditions
 * @throws {DamagedStoreError} If a file is not what was committed
 */
export async function publishDataset(
  directory: string,
  blobs: Blobs,
  { signal, onProgress }: PublishOptions = {},
): Promise<Published> {
  const files = CommittedFiles.open(directory), { commit } = files;
  const ends = encodeCommit(commit), text = ends.at(-1)!.bytes; // the commit is the last of them
  const names = [...commit.files.keys()], total = names.length + ends.length;
  const size = ends.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const bytes = names.reduce((sum, name) => sum + files.sizeOf(name), size);
  if (await holds(blobs, COMMIT_FILE, text)) return { bytes, digest: commit.digest, isOld: true };
  const root = files.read(ROOT_FILE);
  if (!await putProving(blobs, ROOT_FILE, root)) await holds(blobs, ROOT_FILE, root);
  let done = 1;
  await inParallel(names.filter((name) => name !== ROOT_FILE), {
    most: PARALLEL,
    async handle(name) {
      signal?.throwIfAborted();
      await blobs.put(name, files.read(name));
      done++;
      onProgress?.({ files: done, total });
    },
  });
  signal?.throwIfAborted();
  for (const { name, bytes } of ends.slice(0, -1)) await blobs.put(name, bytes);
  if (!await blobs.put(COMMIT_FILE, text, { ifAbsent: true })) {
    await holds(blobs, COMMIT_FILE, text); // another has published the same
  }
  onProgress?.({ files: total, total });
  return { bytes, digest: commit.digest, isOld: false };
}

/**
 * Reads again all that the commit of a published dataset names; see `verifyDirectory()`.
 *
 * @throws {InvalidInputError} If nothing is committed there
 * @throws {DamagedStoreError} If the commit is not what was written
 */
export async function verifyPublished(
  blobs: Blobs,
  { signal, onProgress }: Pick<VerifyOptions, "signal" | "onProgress"> = {},
): Promise<VerifyReport> {
  const commit = await readPublishedCommit(blobs);
  const faults: Fault[] = [];
  let read = 0, bytes = 0;
  await inParallel(commit.files, {
    most: PARALLEL,
    async handle([path, hash]) {
      signal?.throwIfAborted();
      const data = await blobs.get(path), found = data === null ? "none" : hashOf(data);
      if (data !== null) bytes += data.length;
      read++;
      onProgress?.({ files: read, bytes });
      if (found === hash) return;
      const remedy = "remove what is there and export the dataset again";
      const problem = `${describeFile(path)}: expected sha256 ${hash}, found ${found}: ${remedy}`;
      faults.push({ path, commit: null, problem });
    },
  });
  faults.sort((a, b) => a.path < b.path ? -1 : 1);
  return { commits: 1, files: read, bytes, faults, notes: await strayNotes(blobs, commit) };
}

/**
 * The commit of a published dataset.
 *
 * @throws {InvalidInputError} If nothing is committed there
 * @throws {DamagedStoreError} If the commit is not what was written
 */
export async function readPublishedCommit(blobs: Blobs): Promise<Commit> {
  const commit = await readStoredCommit(blobs, "");
  if (commit === null) throw nothingPublished(blobs.place);
  return commit;
}

/** Notes on objects that the commit does not name. */
async function strayNotes(blobs: Blobs, { files }: Commit): Promise<readonly string[]> {
  const strays: string[] = [];
  for await (const { key } of blobs.list("")) {
    if (key !== COMMIT_FILE && key !== INDEX_FILE && !files.has(key)) strays.push(key);
  }
  if (strays.length === 0) return [];
  const names = strays.slice(0, 3).join(", ") + (strays.length > 3 ? " …" : "");
  return [`objects that are no part of the dataset: ${strays.length} (${names})`];
}

/** Whether an object holds some bytes; not if there is none. @throws {InvalidInputError} If others */
async function holds(blobs: Blobs, key: string, expected: Uint8Array): Promise<boolean> {
  const found = await blobs.get(key);
  if (found === null) return false;
  if (Buffer.compare(found, expected) === 0) return true;
  throw new InvalidInputError({
    action: "export to",
    place: blobs.place,
    expected: "nothing, or the same dataset",
    found: "another",
    remedy: "choose another prefix",
  });
}

function nothingPublished(place: string): InvalidInputError {
  return new InvalidInputError({
    action: "verify",
    place,
    expected: COMMIT_FILE,
    found: "none",
    remedy: 'name the prefix of a dataset that "deno task export --to zarr" has written',
  });
}
