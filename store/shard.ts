import type { JsonValue } from "../core/canonical.ts";
import type { EpisodeSchema, EpisodeTable, Verdict } from "../core/episode.ts";
import type { Commit, CommitInfo } from "./commit.ts";

/** What is committed with a shard. */
export interface ShardOptions extends Partial<CommitInfo> {
  readonly schema: EpisodeSchema;
}

/** A shard as read. */
export interface Shard {
  readonly schema: EpisodeSchema;
  readonly table: EpisodeTable;
  readonly commit: Commit;
}

/** `<stageDirectory>/shards/000012`. */
export function shardDirectory(_stageDirectory: string, _index: number): string {
  throw new Error("not built yet");
}

/** `<stageDirectory>/manifests/<manifestKey12>`. */
export function manifestDirectory(_stageDirectory: string, _manifestKey: string): string {
  throw new Error("not built yet");
}

/** Writes episodes as one Zarr v3 group, one chunk an array, and commits it. */
export function writeShard(
  _directory: string,
  _table: EpisodeTable,
  _options: ShardOptions,
): Promise<Commit> {
  throw new Error("not built yet");
}

/**
 * The episodes of a shard, every byte checked.
 *
 * @throws {DamagedStoreError} If it is not committed, or bytes are not those committed
 */
export function readShard(_directory: string): Promise<Shard> {
  throw new Error("not built yet");
}

/** Writes what a check said of the candidates of a shard as `verdicts.json`, and commits it. */
export function writeVerdicts(
  _directory: string,
  _verdicts: readonly Verdict[],
  _info?: Partial<CommitInfo> & { readonly attributes?: Readonly<Record<string, JsonValue>> },
): Promise<Commit> {
  throw new Error("not built yet");
}

/** The verdicts of a shard, in candidate order. */
export function readVerdicts(_directory: string): Promise<readonly Verdict[]> {
  throw new Error("not built yet");
}

/** What a manifest covers. */
export interface ManifestInfo extends CommitInfo {
  readonly lastShard: number;
}

/**
 * Commits a stage as covering shards 0 … lastShard: names their `commit.json`, by hash.
 *
 * @param directory Of the manifest; see {@linkcode manifestDirectory}
 * @throws {DamagedStoreError} If a shard is not committed
 */
export function commitManifest(
  _stageDirectory: string,
  _directory: string,
  _info: ManifestInfo,
): Promise<Commit> {
  throw new Error("not built yet");
}
