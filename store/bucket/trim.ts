import { join } from "node:path";
import { hasCommit } from "../files/read_commit.ts";
import { listDirectory } from "../files/files.ts";
import { whileUnheld } from "../files/lock.ts";
import { packedPath, unpackedPath } from "../files/packed.ts";
import { listStages, removeTree, sizeOf } from "../runs/clean.ts";
import type { BucketRoot } from "./bucket_root.ts";

/** Largest size of the stages in a working root (bytes), where nobody says another: 32 GiB. */
export const CACHE_BYTES = 32 * 2 ** 30;

/**
 * Drops stages from the working root, the one that was used longest ago first, until the others have
 * a size. What is in use stays, and so does what the bucket does not have.
 *
 * @param most Bytes of the stages that stay
 * @returns Paths of the stages that were dropped
 */
export async function trimWorkingRoot(
  bucket: BucketRoot,
  most: number,
): Promise<readonly string[]> {
  const { root, uses } = bucket, dropped: string[] = [];
  const sizes = new Map(listStages(root).map((stage) => [stage, sizeOf(join(root, stage))]));
  let total = [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0);
  if (total <= most) return dropped;
  const byUse = [...sizes.keys()].map((stage) => ({ stage, used: uses.lastUse(stage) }))
    .sort((a, b) => a.used - b.used);
  for (const { stage } of byUse) {
    if (total <= most) break;
    using alone = uses.tryAlone(stage);
    if (alone === null || !await isStored(bucket, stage)) continue;
    const path = join(root, stage);
    const isGone = await whileUnheld(path, () => {
      removeTree(path);
      return true;
    });
    if (isGone === null) continue;
    dropped.push(stage);
    total -= sizes.get(stage)!; // it is one of them
  }
  return dropped;
}

/** Whether the bucket has all that is committed in a stage of the working root. */
async function isStored({ root, blobs }: BucketRoot, stage: string): Promise<boolean> {
  const keys = new Set<string>();
  for await (const { key } of blobs.list(stage)) keys.add(key);
  return committedIn(root, stage).every((place) =>
    keys.has(`${place}/commit.json`) || keys.has(packedPath(place))
  );
}

/** Places below a stage, and itself, where something is committed. */
function committedIn(root: string, stage: string): readonly string[] {
  const parts = ["shards", "manifests", "checkpoints"].flatMap((part) =>
    listDirectory(join(root, stage, part)).map(({ name }) => join(stage, part, name))
  );
  return [stage, ...parts.map((place) => unpackedPath(place) ?? place)]
    .filter((place) => hasCommit(join(root, place)));
}
