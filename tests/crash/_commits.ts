import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { createCompileContext } from "../../runtime/prepare/compile_context.ts";
import { compilePipeline, type PipelineDeclaration } from "../../pipelines/mod.ts";
import { CHECKPOINT_EVERY } from "./_jobs.ts";

/**
 * Returns the progress of each stage: the number of committed shards, or of checkpoints ever
 * written, because old ones are removed; for a merge, whether it has started.
 *
 * @param root Directory of the committed files: a data directory, or what is in a bucket
 */
export async function progressOf(
  root: string,
  job: PipelineDeclaration,
): Promise<(stage: string) => number> {
  const { stages } = compilePipeline(job, await createCompileContext(root, job));
  return (stage) => {
    const { directory, kind } = stages.find(({ name }) => name === stage)!; // the job has it
    const place = join(root, directory);
    const committed = (folder: string) =>
      namesIn(join(place, folder)).filter((name) =>
        name.endsWith(".zip") || existsSync(join(place, folder, name, "commit.json"))
      );
    switch (kind) {
      case "merge":
        return Math.min(1, namesIn(place).length);
      case "train":
        return Math.max(0, ...committed("checkpoints").map((name) => parseInt(name))) /
          CHECKPOINT_EVERY;
      default:
        return committed("shards").length;
    }
  };
}

/** Inode and time of every commit: both change when it is written again. Temporary files are none. */
export function stampsBelow(root: string): Map<string, string> {
  const stages = join(root, "stages");
  const directories = namesIn(stages).flatMap((stage) => [
    stage,
    ...["shards", "manifests", "checkpoints"].flatMap((folder) =>
      namesIn(join(stages, stage, folder)).filter((name) => !name.endsWith(".tmp"))
        .map((name) => join(stage, folder, name))
    ),
  ]);
  return new Map(directories.flatMap((directory) => {
    const place = join(stages, directory), isPacked = place.endsWith(".zip");
    const file = isPacked ? place : join(place, "commit.json");
    const stat = statSync(file, { throwIfNoEntry: false });
    return stat === undefined ? [] : [[directory, `${stat.ino} ${stat.mtimeMs}`]];
  }));
}

/** Names in a directory, which may be gone: checkpoints are removed when later ones are there. */
export function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

/** Commits that are no more what they were. */
export function rewritten(root: string, before: ReadonlyMap<string, string>): string[] {
  const later = stampsBelow(root);
  return [...before].flatMap(([directory, stamp]) => {
    const now = later.get(directory);
    const removed = now === undefined && directory.includes("checkpoints");
    return removed || now === stamp ? [] : [directory];
  });
}
