import { cp, mkdir, readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { RunSummary } from "../../activities/types.ts";
import { InvalidInputError } from "../../core/errors.ts";

/** Files that a training leaves for others: checkpoints hold the last and the best weights. */
const KEPT = ["checkpoints", "policy.onnx"] as const;

/**
 * A directory for checkpoints, before anything runs.
 *
 * @returns Its absolute path
 * @throws {InvalidInputError} If something lies there that is no empty directory
 */
export async function checkCheckpointDirectory(path: string): Promise<string> {
  const names = await readdir(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    if (error.code === "ENOTDIR") return ["a file"];
    throw error;
  });
  if (names.length === 0) return resolve(path);
  throw new InvalidInputError({
    action: "write checkpoints to",
    place: path,
    expected: "an empty directory or nothing",
    found: `${names[0]}`,
    remedy: "choose another directory",
  });
}

/**
 * Copies checkpoints and policy of a completed training.
 *
 * @param root Absolute path of the data root
 * @returns What to tell its user
 */
export async function copyCheckpoints(
  root: string,
  { stages }: RunSummary,
  directory: string,
): Promise<string> {
  const stage = join(root, stages["train"]!.path); // the one stage of the pipeline
  await mkdir(directory, { recursive: true });
  for (const name of KEPT) {
    await cp(join(stage, name), join(directory, name), { recursive: true }).catch((error) => {
      // A model that is no policy has none in ONNX.
      if (error.code !== "ENOENT") throw error;
    });
  }
  return `checkpoints  ${directory}`;
}
