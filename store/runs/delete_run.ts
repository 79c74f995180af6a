import { existsSync, rmdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { DamagedStoreError, StageBusyError } from "../../core/errors.ts";
import { withAccess } from "../files/access.ts";
import {
  listStages,
  relinkLatest,
  type Removal,
  removeTree,
  runsByPipeline,
  sizeOf,
  stagesNamedBy,
} from "./clean.ts";
import { listDirectory } from "../files/files.ts";
import { acquireLock } from "../files/lock.ts";
import { uniqueOwner } from "../files/machine.ts";
import type { RunLocation } from "./runs.ts";

/** Stages and space that are removed with a run. */
export interface RunDeletion {
  readonly run: RunLocation;
  /** The run's own directory, and the stages that no other run names. */
  readonly freed: readonly Removal[];
  /** Stages of the run that stay, because other runs name them: paths relative to the data root. */
  readonly shared: readonly string[];
}

/**
 * Finds what deleting a run would free, and removes nothing. For a damaged run, that is its own
 * directory: what else it uses is unknown.
 *
 * @throws {DamagedStoreError} If it cannot be told what the other runs name
 */
export async function planDeletion(
  root: string,
  run: RunLocation,
  stored: StoredPlaces = placesIn(root),
): Promise<RunDeletion> {
  const runs = [...(await runsByPipeline(root)).values()].flat();
  const others = runs.filter(({ directory }) => directory !== run.directory);
  const needed = new Set(others.flatMap((other) => stagesNamedBy(root, other)));
  const named = new Set(stagesOrNone(root, run));
  const stages = stored.stages.filter((stage) => named.has(stage));
  const removal = (path: string) => ({ path, bytes: stored.bytesOf(path) });
  return {
    run,
    freed: [run.directory, ...stages.filter((stage) => !needed.has(stage))].map(removal),
    shared: stages.filter((stage) => needed.has(stage)),
  };
}

/** Stages that are stored, and the space of stages and runs: paths are relative to the data root. */
export interface StoredPlaces {
  readonly stages: readonly string[];
  readonly bytesOf: (path: string) => number;
}

function placesIn(root: string): StoredPlaces {
  return { stages: listStages(root), bytesOf: (path) => sizeOf(join(root, path)) };
}

function stagesOrNone(root: string, run: RunLocation): readonly string[] {
  try {
    return stagesNamedBy(root, run);
  } catch (error) {
    if (error instanceof DamagedStoreError) return [];
    throw error;
  }
}

/**
 * Deletes a run and the stages that no other run names.
 *
 * @returns Stages that stay because something holds their lock
 */
export async function deleteRun(
  root: string,
  { run, freed }: RunDeletion,
): Promise<readonly string[]> {
  const locked: string[] = [];
  for (const { path } of freed) {
    const place = join(root, path);
    if (path === run.directory) {
      // First: what is named by no run any more, "clean" removes too.
      await withAccess(place, () => removeTree(place));
      await relinkLatest(root, run.pipeline);
      continue;
    }
    try {
      await using _lock = await acquireLock(place, uniqueOwner("delete"));
      await withAccess(place, () => removeTree(place));
    } catch (error) {
      if (!(error instanceof StageBusyError)) throw error;
      locked.push(path);
    }
    removeEmptyRerun(root, path);
  }
  return locked;
}

/** The folder of a rerun's stages goes with the last of them. */
function removeEmptyRerun(root: string, stage: string): void {
  const stages = join(root, dirname(stage));
  if (!stage.startsWith("reruns/") || !existsSync(stages)) return;
  if (listDirectory(stages).length > 0) return;
  rmdirSync(stages);
  rmdirSync(dirname(stages));
}
