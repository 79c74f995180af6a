import { rmSync } from "node:fs";
import { join } from "node:path";
import type { JsonValue } from "../../core/canonical.ts";
import type { Tensor } from "../../core/episode.ts";
import { DamagedStoreError } from "../../core/errors.ts";
import { withAccess } from "../files/access.ts";
import { COMMIT_FILE } from "../files/commit.ts";
import { listDirectory, removeFile } from "../files/files.ts";
import { CommittedFiles } from "../zarr/reader.ts";
import { readTensors, writeTensors } from "../zarr/tensors.ts";
import { StoreWriter } from "../zarr/writer.ts";

/** Reads and writes checkpoints: `checkpoints/<step>/` under a stage, each with its own commit. */

/** State with which training continues. */
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
  /** Messages, newest first; empty if nothing is damaged. */
  readonly damaged: readonly string[];
}

/** Group of the tensors within a checkpoint. */
const TENSORS = "tensors";

/** `<stageDirectory>/checkpoints/<step>`. */
function checkpointDirectory(stageDirectory: string, step: number): string {
  return join(stageDirectory, "checkpoints", String(step));
}

/**
 * Writes and commits `checkpoints/<step>/` under a stage.
 *
 * @throws {StoreAccessError} If the disk is full, read-only or without permission
 */
export async function saveCheckpoint(
  stageDirectory: string,
  step: number,
  { tensors, state }: CheckpointData,
): Promise<void> {
  using writer = new StoreWriter(checkpointDirectory(stageDirectory, step));
  await writeTensors(writer, TENSORS, { tensors, attributes: { step, state } });
  await writer.commit({ kind: "checkpoint", counts: { step } });
}

/** Steps of the committed checkpoints, ascending. */
export function listCheckpoints(stageDirectory: string): Promise<readonly number[]> {
  const committed = listSteps(stageDirectory).filter((step) =>
    listDirectory(checkpointDirectory(stageDirectory, step))
      .some(({ name }) => name === COMMIT_FILE)
  );
  return Promise.resolve(committed);
}

/** Steps of all checkpoint directories, committed or not, ascending. */
function listSteps(stageDirectory: string): number[] {
  return listDirectory(join(stageDirectory, "checkpoints"))
    .filter(({ name }) => /^\d+$/.test(name))
    .map(({ name }) => Number(name))
    .sort((a, b) => a - b);
}

/** @throws {DamagedStoreError} If it is not committed, or bytes are not those committed */
export async function loadCheckpoint(stageDirectory: string, step: number): Promise<Checkpoint> {
  const directory = checkpointDirectory(stageDirectory, step);
  const files = CommittedFiles.open(directory);
  const { tensors, attributes } = await readTensors(files, TENSORS);
  return { step, tensors, state: attributes["state"]! }; // as saveCheckpoint() wrote it
}

/**
 * Returns the newest complete checkpoint, null if there is none. A damaged one is skipped: training
 * continues from the previous one, to the same result.
 */
export async function latestCheckpoint(stageDirectory: string): Promise<LatestCheckpoint | null> {
  const damaged: string[] = [];
  for (const step of (await listCheckpoints(stageDirectory)).toReversed()) {
    try {
      return { checkpoint: await loadCheckpoint(stageDirectory, step), damaged };
    } catch (error) {
      if (!(error instanceof DamagedStoreError)) throw error;
      damaged.push(error.message);
    }
  }
  return null;
}

/** Removes all checkpoints but the last `keep` and that of step `best`, and what never committed. */
export async function pruneCheckpoints(
  stageDirectory: string,
  { keep, best }: { readonly keep: number; readonly best: number | null },
): Promise<void> {
  const committed = await listCheckpoints(stageDirectory);
  const kept = new Set([...committed.slice(Math.max(0, committed.length - keep)), best]);
  for (const step of listSteps(stageDirectory)) {
    if (kept.has(step)) continue;
    const directory = checkpointDirectory(stageDirectory, step);
    await withAccess(directory, () => {
      removeFile(join(directory, COMMIT_FILE)); // first, so that half of it is never found
      rmSync(directory, { recursive: true, force: true });
    });
  }
}
