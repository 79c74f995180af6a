import { chmodSync } from "node:fs";
import { join } from "node:path";
import type { Blobs } from "../blobs/blobs.ts";
import { withAccess } from "../files/access.ts";
import { makeDirectory } from "../files/files.ts";
import { createRootFile, isInPlace, readRootFile, replaceRootFile } from "../root/root_file.ts";
import { BucketRoot } from "./bucket_root.ts";
import { createRootObject, findRootObject, type NewRoot } from "./root_object.ts";
import { InvalidInputError } from "../../core/errors.ts";

/** What {@linkcode openBucketRoot} needs to know. */
export interface OpenBucketOptions {
  /** Absolute path of the directory in which working roots lie. */
  readonly cache: string;
  /** Makes a data root where there is none; absent where there must be one. */
  readonly create?: NewRoot;
}

/**
 * Opens the data root in a bucket with its working root, which is made where this machine has none.
 *
 * @throws {InvalidInputError} If there is none, or none can be made
 * @throws {StoreAccessError} If the working root cannot be written
 */
export async function openBucketRoot(
  blobs: Blobs,
  { cache, create }: OpenBucketOptions,
): Promise<BucketRoot> {
  const id = create === undefined
    ? await findRootObject(blobs)
    : await createRootObject(blobs, create);
  if (id === null) throw missing(blobs.place);
  const root = join(cache, id);
  await withAccess(root, () => {
    makeDirectory(root);
    chmodSync(root, 0o700); // others may see no more of it than of the bucket
    const file = readRootFile(root);
    if (file === null) createRootFile(root, { id, before: [], server: null });
    // A copy of something else: it has no place of its own.
    else if (!isInPlace(root, file)) replaceRootFile(root, file);
  });
  return new BucketRoot(root, blobs);
}

function missing(place: string): InvalidInputError {
  return new InvalidInputError({
    action: "use the data directory",
    place,
    expected: "a data directory",
    found: "none",
    remedy: 'correct SLUICE_HOME, or make one by running a pipeline, e.g. "deno task pipeline ' +
      'reach-expert"',
  });
}
