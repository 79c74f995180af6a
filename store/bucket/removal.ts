import { basename, join } from "node:path";
import * as fs from "node:fs";
import { COMMIT_FILE } from "../files/commit.ts";
import {
  type CleanOptions,
  type CleanReport,
  relinkLatest,
  type Removal,
  runsByPipeline,
  splitRuns,
  stagesNamedBy,
} from "../runs/clean.ts";
import type { RunDeletion, StoredPlaces } from "../runs/delete_run.ts";
import { readRun } from "../runs/runs.ts";
import type { BucketRoot } from "./bucket_root.ts";
import { moveAll } from "./move_all.ts";

/** Removes runs and stages from a bucket, and from the working root with them. */

/** Pattern of what is removed as one: a stage, or a run. */
const PLACE = /^((?:reruns\/[^/]+\/)?stages\/[^/]+|runs\/[^/]+\/\d{4,})(?:\.zip$|\/)/;

/** Stages and runs in a bucket with their sizes. The records of all runs must be filled. */
export async function placesInBucket({ blobs }: BucketRoot): Promise<StoredPlaces> {
  const bytes = new Map<string, number>();
  for (const prefix of ["stages/", "reruns/", "runs/"]) {
    for await (const { key, size } of blobs.list(prefix)) {
      const place = PLACE.exec(key)?.[1];
      if (place !== undefined) bytes.set(place, (bytes.get(place) ?? 0) + size);
    }
  }
  const stages = [...bytes.keys()].filter((place) => !place.startsWith("runs/"));
  return { stages, bytesOf: (path) => bytes.get(path) ?? 0 };
}

/**
 * Removes old runs, and stages that no kept run names. A run that has not ended is kept with its
 * stages: other machines may work on it.
 *
 * @throws {DamagedStoreError} If it cannot be told what the kept runs name; nothing was removed then
 */
export async function cleanBucket(
  bucket: BucketRoot,
  { keepLast = Infinity, dryRun = false, signal }: CleanOptions = {},
): Promise<CleanReport> {
  const { root } = bucket, { stages, bytesOf } = await placesInBucket(bucket);
  const [old, kept] = splitRuns(await runsByPipeline(root), keepLast);
  const ended: typeof old[number][] = [], going: typeof old[number][] = [];
  for (const run of old) (await readRun(root, run.directory) === null ? going : ended).push(run);
  const named = new Set([...kept, ...going].flatMap((run) => stagesNamedBy(root, run)));
  const unnamed = stages.filter((stage) => !named.has(stage));
  const removed: Removal[] = [];
  for (const path of [...ended.map(({ directory }) => directory), ...unnamed]) {
    signal?.throwIfAborted();
    removed.push({ path, bytes: bytesOf(path) });
    if (!dryRun) await removePlace(bucket, path);
  }
  if (!dryRun) await relinkAll(bucket, ended.map(({ pipeline }) => pipeline));
  return { removed, locked: going.map(({ directory }) => directory) };
}

/** Deletes a run and the stages that no other run names, as `planDeletion()` found them. */
export async function deleteBucketRun(
  bucket: BucketRoot,
  { run, freed }: RunDeletion,
): Promise<void> {
  for (const { path } of freed) await removePlace(bucket, path);
  await relinkAll(bucket, [run.pipeline]);
}

/** Removes the commits first: half of a stage, or of a run, is never found. */
async function removePlace({ root, blobs }: BucketRoot, path: string): Promise<void> {
  const commits = [`${path}.zip`], others: string[] = [];
  for await (const { key } of blobs.list(`${path}/`)) {
    (basename(key) === COMMIT_FILE ? commits : others).push(key);
  }
  await moveAll(commits, (key) => blobs.remove(key));
  await moveAll(others, (key) => blobs.remove(key));
  fs.rmSync(join(root, path), { recursive: true, force: true });
}

async function relinkAll({ root }: BucketRoot, pipelines: readonly string[]): Promise<void> {
  for (const pipeline of new Set(pipelines)) await relinkLatest(root, pipeline);
}
