import { INDEX_FILE } from "../files/file_index.ts";
import * as fs from "node:fs";
import { basename, dirname, join, posix } from "node:path";
import { type Commit, COMMIT_FILE } from "../files/commit.ts";
import { packedPath } from "../files/packed.ts";
import { PROVENANCE_FILE } from "../files/provenance.ts";

/** Places of committed directories, relative to the data root, and what belongs to them. */

/** Whether a place is that of a shard, which always lies packed. */
export function isShard(place: string): boolean {
  return basename(dirname(place)) === "shards";
}

/** Whether a place is that of a checkpoint. */
export function isCheckpoint(place: string): boolean {
  return basename(dirname(place)) === "checkpoints";
}

/** The stage of a place, null if it is of none. */
export function stageOf(place: string): string | null {
  return /^(?:reruns\/[^/]+\/)?stages\/[^/]+/.exec(place)?.[0] ?? null;
}

/** Files that a commit names in its own directory, with their hashes. */
export function filesOf({ files }: Commit): readonly (readonly [path: string, hash: string])[] {
  return [...files].filter(([path]) => basename(path) !== COMMIT_FILE);
}

/** A shard by its place, and the hash of its commit's text. */
export interface NamedShard {
  readonly place: string;
  readonly hash: string;
}

/** Shards that the commit of a stage names. */
export function shardsNamedBy(place: string, { files }: Commit): readonly NamedShard[] {
  return [...files].filter(([path]) => basename(path) === COMMIT_FILE)
    .map(([path, hash]) => ({ place: posix.join(place, dirname(path)), hash }));
}

/** Removes what a commit names from a directory, the commit first. */
export function removeCommitted(directory: string, commit: Commit): void {
  fs.rmSync(packedPath(directory), { force: true });
  const names = [
    COMMIT_FILE,
    INDEX_FILE,
    PROVENANCE_FILE,
    ...filesOf(commit).map(([path]) => path),
  ];
  for (const name of names) fs.rmSync(join(directory, name), { force: true });
}
