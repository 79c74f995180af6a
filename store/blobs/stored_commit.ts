import { posix } from "node:path";
import { type Commit, COMMIT_FILE } from "../files/commit.ts";
import { INDEXED_VERSION } from "../files/commit_shape.ts";
import { decodeCommit } from "../files/commit_text.ts";
import { INDEX_FILE } from "../files/file_index.ts";
import type { Blobs } from "./blobs.ts";

/**
 * The commit of a place in a bucket, null if it has none.
 *
 * @param place Prefix of its objects; "" for all of the bucket's
 * @throws {DamagedStoreError} If the commit is not what was written
 */
export async function readStoredCommit(blobs: Blobs, place: string): Promise<Commit | null> {
  const text = await blobs.get(posix.join(place, COMMIT_FILE));
  if (text === null) return null;
  let index: Uint8Array | null = null;
  const commit = decodeCommit(new TextDecoder().decode(text), {
    path: place === "" ? blobs.place : `${blobs.place}/${place}`,
    holder: "prefix",
    read: () => index,
  });
  if (commit.schemaVersion === INDEXED_VERSION) {
    index = await blobs.get(posix.join(place, INDEX_FILE));
  }
  return commit;
}
