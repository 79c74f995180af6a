import { basename, dirname, join, relative } from "node:path";
import { shortKey } from "../../core/canonical.ts";
import {
  type Commit,
  COMMIT_FILE,
  type CommitInfo,
  createCommit,
  encodeCommit,
  hasCommit,
  hashOf,
  readCommit,
  requireCommit,
} from "../files/commit.ts";
import { writeFileAtomically } from "../files/files.ts";
import { readProvenance } from "../files/provenance.ts";
import { shardDirectory } from "./shard.ts";
import { checkSizes, checkStored } from "../runs/stored_check.ts";

/** Shards and counts that a manifest covers. */
export interface ManifestInfo extends CommitInfo {
  readonly lastShard: number;
}

/** `<stageDirectory>/manifests/<manifestKey12>`. */
export function manifestDirectory(stageDirectory: string, manifestKey: string): string {
  return join(stageDirectory, "manifests", shortKey(manifestKey));
}

/**
 * Commits a stage as covering shards 0 … lastShard: names their `commit.json`, by hash.
 *
 * @param directory Of the manifest, see {@linkcode manifestDirectory}; or the stage's own
 * @throws {DamagedStoreError} If a shard is not committed
 */
export async function commitManifest(
  stageDirectory: string,
  directory: string,
  { lastShard, ...info }: ManifestInfo,
): Promise<Commit> {
  const files: Record<string, string> = {};
  for (let shard = 0; shard <= lastShard; shard++) {
    const path = shardDirectory(stageDirectory, shard);
    const commit = requireCommit(path);
    files[relative(directory, join(path, COMMIT_FILE))] = hashOf(encodeCommit(commit));
  }
  const attributes = { ...info.attributes, last_shard: lastShard };
  const commit = createCommit(files, { ...info, attributes });
  await writeFileAtomically(join(directory, COMMIT_FILE), encodeCommit(commit));
  return commit;
}

/**
 * The commit of a stage, null if it has none, or where a shard that it names is gone: one that
 * was damaged is removed by hand, and the stage makes it again.
 *
 * @throws {DamagedStoreError} If `commit.json` is not what was written, or {@linkcode checkStored}
 * finds that about what it names
 * @throws {SchemaVersionError} If a newer version wrote it
 */
export async function readStageCommit(directory: string): Promise<Commit | null> {
  const commit = await readCommit(directory);
  const shards = Object.keys(commit?.files ?? {}).filter((file) => basename(file) === COMMIT_FILE);
  const isThere = (file: string) => hasCommit(dirname(join(directory, file)));
  if (commit === null || !shards.every(isThere)) return null;
  checkStored(directory, commit);
  const sizes = readProvenance(directory)?.content["bytes"];
  if (Array.isArray(sizes)) checkSizes(directory, commit, sizes);
  return commit;
}
