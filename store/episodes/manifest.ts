import { basename, dirname, join, relative } from "node:path";
import { canonicalJson, shortKey } from "../../core/canonical.ts";
import { DamagedStoreError } from "../../core/errors.ts";
import { QUARANTINED, type QuarantinedShard } from "../../core/quarantine.ts";
import {
  type Commit,
  COMMIT_FILE,
  type CommitInfo,
  createCommit,
  hashOf,
} from "../files/commit.ts";
import { commitText, writeCommit } from "../files/commit_text.ts";
import { hasCommit, readCommit, requireCommit } from "../files/read_commit.ts";
import { writeFileAtomically } from "../files/files.ts";
import { openFiles } from "../files/stored_files.ts";
import { readProvenance } from "../files/provenance.ts";
import { shardDirectory } from "./shard.ts";
import { checkSizes, checkStored } from "../runs/stored_check.ts";

/** Shards and counts that a manifest covers. */
export interface ManifestInfo extends CommitInfo {
  readonly lastShard: number;
  /** Shards up to the last that are not there, in ascending order; none if absent. */
  readonly quarantined?: readonly QuarantinedShard[];
}

/** File beside `commit.json` that names the shards which a stage goes without, and why. */
const QUARANTINED_FILE = "quarantined.json";

/** `<stageDirectory>/manifests/<manifestKey12>`. */
export function manifestDirectory(stageDirectory: string, manifestKey: string): string {
  return join(stageDirectory, "manifests", shortKey(manifestKey));
}

/**
 * Commits a stage as covering shards 0 … lastShard: names their `commit.json`, by hash. Quarantined
 * shards are named in a file of their own, so that the digest says which and why.
 *
 * @param directory Of the manifest, see {@linkcode manifestDirectory}; or the stage's own
 * @throws {DamagedStoreError} If a shard is not committed
 */
export async function commitManifest(
  stageDirectory: string,
  directory: string,
  { lastShard, quarantined = [], ...info }: ManifestInfo,
): Promise<Commit> {
  const files = new Map<string, string>();
  for (const shard of shardsUpTo(lastShard, quarantined)) {
    const path = shardDirectory(stageDirectory, shard);
    const commit = requireCommit(path);
    files.set(relative(directory, join(path, COMMIT_FILE)), hashOf(commitText(commit)));
  }
  const attributes = { ...info.attributes, last_shard: lastShard };
  let counts = info.counts ?? {};
  if (quarantined.length > 0) {
    const text = canonicalJson(quarantined.map((shard) => ({ ...shard }))) + "\n";
    await writeFileAtomically(join(directory, QUARANTINED_FILE), text);
    files.set(QUARANTINED_FILE, hashOf(text));
    counts = { ...counts, [QUARANTINED]: quarantined.length };
  }
  const commit = createCommit(files, { ...info, counts, attributes });
  writeCommit(directory, commit);
  return commit;
}

/** Numbers of the shards 0 … lastShard that are not quarantined. */
export function shardsUpTo(
  lastShard: number,
  quarantined: readonly QuarantinedShard[],
): readonly number[] {
  const gone = new Set(quarantined.map(({ shard }) => shard));
  return Array.from({ length: lastShard + 1 }, (_, shard) => shard)
    .filter((shard) => !gone.has(shard));
}

/**
 * The shards that a committed stage goes without.
 *
 * @param directory Of the commit
 * @throws {DamagedStoreError} If the file that names them is not what was written
 */
export function readQuarantined(
  directory: string,
  { files }: Commit,
): readonly QuarantinedShard[] {
  const hash = files.get(QUARANTINED_FILE);
  if (hash === undefined) return [];
  const text = new TextDecoder().decode(openFiles(directory).read(QUARANTINED_FILE) ?? undefined);
  if (hashOf(text) === hash) return JSON.parse(text); // as commitManifest() wrote it
  throw new DamagedStoreError({
    action: "open",
    place: join(directory, QUARANTINED_FILE),
    expected: `sha256 ${hash}`,
    found: text === "" ? "nothing" : "other bytes",
    remedy: "remove its directory and run the stage again",
  });
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
  const shards = [...commit?.files.keys() ?? []].filter((file) => basename(file) === COMMIT_FILE);
  const isThere = (file: string) => hasCommit(dirname(join(directory, file)));
  if (commit === null || !shards.every(isThere)) return null;
  checkStored(directory, commit);
  const sizes = readProvenance(directory)?.content["bytes"];
  if (Array.isArray(sizes)) checkSizes(directory, commit, sizes);
  return commit;
}
