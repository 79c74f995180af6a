import { requireIndex } from "../files/commit_text.ts";
import { join } from "node:path";
import { DamagedStoreError } from "../../core/errors.ts";
import type { Commit } from "../files/commit.ts";
import { readCommitSync } from "../files/read_commit.ts";
import { writeFileAtomically } from "../files/files.ts";
import { packedPath } from "../files/packed.ts";
import { requireContained } from "../contained.ts";
import { unpackUnchecked } from "./archives.ts";
import { BucketRoot } from "./bucket_root.ts";
import { moveAll } from "./move_all.ts";
import { isShard, shardsNamedBy } from "./places.ts";

/** Directories of a stage whose places are filled by their own names. */
const OTHERS = /^(?:shards|checkpoints|manifests)$/;

/** A fault of something that could not be copied. */
export interface CopyFault {
  /** Absolute. */
  readonly path: string;
  readonly problem: string;
}

/**
 * A working root that takes what the bucket has as it is, damaged or not, so that whoever verifies it
 * finds all damage and not only the first.
 */
export class UncheckedCopy extends BucketRoot {
  /** Archives that cannot be read, by the absolute paths where their files would lie. */
  readonly faults: CopyFault[] = [];
  readonly #copied = new Set<string>();

  /** Copies a place. @returns Its commit; null if there is none, or none that can be read */
  override async fill(place: string): Promise<Commit | null> {
    const directory = join(this.root, place);
    if (!this.#copied.has(place)) {
      this.#copied.add(place);
      await this.#copyArchive(place);
      if (!isShard(place)) await this.#copyFiles(place);
    }
    try {
      const commit = readCommitSync(directory);
      if (commit !== null) requireIndex(commit);
      return commit;
    } catch (error) {
      if (error instanceof DamagedStoreError) return null; // it is found again there
      throw error;
    }
  }

  override async fillStage(place: string): Promise<Commit | null> {
    const commit = await this.fill(place);
    const shards = commit === null ? [] : shardsNamedBy(place, commit);
    await moveAll(shards, async (shard) => {
      await this.fill(shard.place);
    });
    return commit;
  }

  override readCommit(place: string): Promise<Commit | null> {
    return this.fill(place);
  }

  async #copyArchive(place: string): Promise<void> {
    const directory = join(this.root, place), bytes = await this.blobs.get(packedPath(place));
    if (bytes === null) return;
    requireContained(this.root, place);
    if (isShard(place)) return await writeFileAtomically(packedPath(directory), bytes);
    const problem = await unpackUnchecked(packedPath(directory), bytes, directory);
    if (problem !== null) this.faults.push({ path: packedPath(directory), problem });
  }

  async #copyFiles(place: string): Promise<void> {
    const keys: string[] = [];
    for await (const { key } of this.blobs.list(`${place}/`)) {
      if (!OTHERS.test(key.slice(place.length + 1).split("/")[0]!)) keys.push(key);
    }
    await moveAll(keys, async (key) => {
      const bytes = await this.blobs.get(key);
      if (bytes === null) return; // removed since it was listed
      requireContained(this.root, key.split("/").slice(0, -1).join("/"));
      await writeFileAtomically(join(this.root, key), bytes);
    });
  }
}
