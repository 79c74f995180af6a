import * as fs from "node:fs";
import { dirname, join } from "node:path";
import { COMMIT_FILE } from "./commit.ts";
import { isTemporary, listDirectory, removeFile, temporaryName } from "./files.ts";
import { whileUnheld } from "./lock.ts";

/**
 * Temporaries whose writers died. Whether a writer lives cannot be asked: it may be a process of
 * another machine or container. Within a stage its lock says so, and elsewhere their age does.
 */

/**
 * Age at which a temporary that no lock protects is a dead writer's (ms): no writer is silent for so
 * long between two files.
 */
const OLD_AFTER_MS = 3600_000;

/**
 * Removes the temporaries in a stage, unless someone holds its lock and may be writing them.
 *
 * @param stageDirectory The directory that `acquireLock()` locks
 * @returns Number of files and directories removed
 */
export async function removeStrays(stageDirectory: string): Promise<number> {
  const find = () => findTemporaries(stageDirectory, { inCommitted: false });
  if (find().length === 0) return 0;
  const removed = await whileUnheld(stageDirectory, () => {
    const strays = find();
    for (const path of strays) removeStray(path);
    return strays.length;
  });
  return removed ?? 0;
}

/**
 * Temporaries below a directory: files, and directories with all in them.
 *
 * @param options Whether to look in the directories of what is committed too: a stage has thousands
 *   of them, and whoever wrote there removed his own
 */
export function findTemporaries(
  directory: string,
  options: { readonly inCommitted?: boolean } = {},
): readonly string[] {
  const entries = listDirectory(directory), { inCommitted = true } = options;
  const isCommitted = entries.some(({ name }) => name === COMMIT_FILE);
  return entries.flatMap((entry) => {
    const path = join(directory, entry.name);
    if (isTemporary(entry.name)) return [path];
    if (!entry.isDirectory() || isCommitted && !inCommitted) return [];
    return findTemporaries(path, options);
  });
}

/** Temporaries in a directory, but not below it, that are too old for a living writer. */
export function findOldTemporaries(directory: string): readonly string[] {
  const temporaries = listDirectory(directory).filter(({ name }) => isTemporary(name))
    .map(({ name }) => join(directory, name));
  if (temporaries.length === 0) return [];
  const now = fileSystemTime(directory);
  return now === null ? [] : temporaries.filter((path) => now - lastWritten(path) > OLD_AFTER_MS);
}

/** Removes what dead writers left beside a path, under their temporary names. */
export function removeStraysBeside(path: string): void {
  for (const stray of findOldTemporaries(dirname(path))) removeStray(stray);
}

/** Removes one of {@linkcode findTemporaries}. */
export function removeStray(path: string): void {
  fs.rmSync(path, { recursive: true, force: true });
}

/**
 * Returns the time by the clock of a file system (ms since 1970): machines that share it need not
 * agree with it or with each other. Null if nothing can be written, and so nothing removed.
 */
function fileSystemTime(directory: string): number | null {
  const probe = temporaryName(join(directory, "time"));
  try {
    fs.writeFileSync(probe, "", { flag: "wx" });
    return fs.statSync(probe).mtimeMs;
  } catch {
    return null;
  } finally {
    removeFile(probe);
  }
}

/** Returns when a file, or the last of those in a directory, was written; Infinity if it is gone. */
function lastWritten(path: string): number {
  const stat = fs.lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return Infinity;
  const inner = stat.isDirectory() ? listDirectory(path).map(({ name }) => join(path, name)) : [];
  return Math.max(stat.mtimeMs, ...inner.map(lastWritten));
}
