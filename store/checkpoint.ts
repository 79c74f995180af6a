import type { JsonValue } from "../core/canonical.ts";
import type { SavedPolicy, Tensor } from "../core/episode.ts";
import type { StoreWriter } from "./writer.ts";

/** Everything that training needs to go on. */
export interface CheckpointData {
  /** Parameters, moments, running products ... by name; names may have `/`. */
  readonly tensors: Readonly<Record<string, Tensor>>;
  /** Step, cursor, best metric, config digest, backend ... */
  readonly state: JsonValue;
}

/** A stored {@linkcode CheckpointData}. */
export interface Checkpoint extends CheckpointData {
  readonly step: number;
}

/** The newest whole checkpoint, and the newer ones that could not be read. */
export interface LatestCheckpoint {
  readonly checkpoint: Checkpoint;
  /** Messages, newest first; empty where nothing is damaged. */
  readonly damaged: readonly string[];
}

/** Writes and commits `checkpoints/<step>/` under a stage. */
export function saveCheckpoint(
  _stageDirectory: string,
  _step: number,
  _data: CheckpointData,
): Promise<void> {
  throw new Error("not built yet");
}

/** Steps of the committed checkpoints, ascending. */
export function listCheckpoints(_stageDirectory: string): Promise<readonly number[]> {
  throw new Error("not built yet");
}

/** @throws {DamagedStoreError} If it is not committed, or bytes are not those committed */
export function loadCheckpoint(_stageDirectory: string, _step: number): Promise<Checkpoint> {
  throw new Error("not built yet");
}

/** The newest checkpoint that is whole, null where there is none. */
export function latestCheckpoint(_stageDirectory: string): Promise<LatestCheckpoint | null> {
  throw new Error("not built yet");
}

/** Removes all checkpoints but the last `keep` and that of step `best`. */
export function pruneCheckpoints(
  _stageDirectory: string,
  _options: { readonly keep: number; readonly best: number | null },
): Promise<void> {
  throw new Error("not built yet");
}

/** Writes a policy as the group `policy/` of a directory that is not committed yet. */
export function savePolicy(_writer: StoreWriter, _policy: SavedPolicy): Promise<void> {
  throw new Error("not built yet");
}

/**
 * The policy of a committed directory.
 *
 * @throws {DamagedStoreError} If it is not committed, or bytes are not those committed
 */
export function loadPolicy(_directory: string): Promise<SavedPolicy> {
  throw new Error("not built yet");
}
