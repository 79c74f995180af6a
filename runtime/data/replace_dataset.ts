import { existsSync, readdirSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { readCommitSync } from "../../store/mod.ts";

/**
 * Replaces a dataset, or puts it where nothing is. Other files in that place, such as exports, stay
 * there. If a process dies meanwhile, {@linkcode finishReplacement} completes what it left.
 *
 * @param target Directory of the dataset that is replaced
 * @param fresh A committed one beside it
 */
export function replaceDataset(target: string, fresh: string): void {
  finishReplacement(target);
  if (!existsSync(target)) return renameSync(fresh, target);
  renameSync(target, replacedBy(target));
  try {
    renameSync(fresh, target);
  } finally {
    finishReplacement(target);
  }
}

/** Brings a replacement that was interrupted to its end, or takes it back. */
export function finishReplacement(target: string): void {
  const old = replacedBy(target);
  if (!existsSync(old)) return;
  if (!existsSync(target)) return renameSync(old, target);
  for (const name of strangersIn(old)) {
    if (!existsSync(join(target, name))) renameSync(join(old, name), join(target, name));
  }
  rmSync(old, { recursive: true });
}

/** Returns where a dataset is kept while another takes its place. */
function replacedBy(target: string): string {
  return join(dirname(target), `.${basename(target)}.replaced`);
}

/** Files written beside what a commit names. */
const OWN = ["commit.json", "commit.index", "provenance.json", "lock"];

/** Names in the directory of a dataset that are not the dataset's. */
function strangersIn(directory: string): string[] {
  const files = [...readCommitSync(directory)?.files.keys() ?? []];
  const own = new Set([...OWN, ...files.map((file) => file.split("/")[0]!)]);
  return readdirSync(directory).filter((name) => !own.has(name));
}
