import * as fs from "node:fs";
import { dirname, join, relative } from "node:path";
import type { JsonValue } from "../../core/canonical.ts";
import { DamagedStoreError } from "../../core/errors.ts";
import { systemCode, withAccess } from "../files/access.ts";
import {
  flushDirectory,
  listDirectory,
  makeDirectory,
  readTextFile,
  temporaryName,
  writeFileAtomically,
  writeFileAtomicallySync,
} from "../files/files.ts";

/** Runs: numbered directories `runs/<pipeline>/<0001>`, never overwritten. */

/** A run by its place. */
export interface RunLocation {
  readonly pipeline: string;
  readonly run: number;
  /** Relative to the data root. */
  readonly directory: string;
}

const OWNER_FILE = "owner.json";
const RUN_FILE = "run.json";

/** Name of the link to the run of a pipeline that was opened last. */
export const LATEST = "latest";

/** Digits of a run's directory; larger numbers have more. */
const RUN_DIGITS = 4;

/** Relative to the data root. */
export function runDirectory(pipeline: string, run: number): string {
  return join("runs", pipeline, String(run).padStart(RUN_DIGITS, "0"));
}

/**
 * Opens the next numbered run directory of a pipeline and lets `latest` point to it.
 *
 * @param owner What opens it, e.g. `<workflowId>/<firstExecutionRunId>`: the same owner gets the same
 * directory again
 * @throws {StoreAccessError} If the data directory cannot be written
 */
export async function openRunDirectory(
  root: string,
  pipeline: string,
  { owner }: { readonly owner: string },
): Promise<RunLocation> {
  const runs = await listRuns(root, pipeline);
  for (const run of runs.toReversed()) {
    if (readOwner(join(root, run.directory)) === owner) return run;
  }
  const parent = join(root, "runs", pipeline);
  return await withAccess(parent, () => {
    // Made aside and renamed: a directory with a number has an owner, whenever this is killed.
    const prepared = temporaryName(join(parent, "run"));
    makeDirectory(prepared);
    writeFileAtomicallySync(join(prepared, OWNER_FILE), JSON.stringify({ owner }) + "\n");
    for (let run = (runs.at(-1)?.run ?? 0) + 1;; run++) {
      const directory = runDirectory(pipeline, run);
      if (!renameNew(prepared, join(root, directory))) continue;
      flushDirectory(parent);
      replaceLink(join(parent, LATEST), join(root, directory));
      return { pipeline, run, directory };
    }
  });
}

function readOwner(directory: string): string | null {
  const text = readTextFile(join(directory, OWNER_FILE));
  return text === null ? null : JSON.parse(text).owner;
}

/** Renames a directory unless there is one of the name. */
function renameNew(from: string, to: string): boolean {
  try {
    fs.renameSync(from, to); // fails where `to` is a directory with anything in it
    return true;
  } catch (error) {
    if (["ENOTEMPTY", "EEXIST"].includes(systemCode(error) ?? "")) return false;
    throw error;
  }
}

/** Points a link to a target, at once. */
export function replaceLink(link: string, target: string): void {
  const temporary = temporaryName(link);
  fs.symlinkSync(relative(dirname(link), target), temporary);
  fs.renameSync(temporary, link);
  flushDirectory(dirname(link));
}

/** Links `stages/<name>` of a run to a stage's output. @param target Relative to the data root */
export function linkStage(
  root: string,
  run: RunLocation,
  { name, target }: { readonly name: string; readonly target: string },
): Promise<void> {
  const link = join(root, run.directory, "stages", name);
  return withAccess(link, () => {
    makeDirectory(dirname(link));
    replaceLink(link, join(root, target));
  });
}

/** Writes `run.json` of a run. @param directory Relative to the data root */
export function writeRun(root: string, directory: string, summary: JsonValue): Promise<void> {
  const text = JSON.stringify(summary, null, 2) + "\n";
  return writeFileAtomically(join(root, directory, RUN_FILE), text);
}

/**
 * The `run.json` of a run, null where it has not ended.
 *
 * @param directory Relative to the data root
 * @throws {DamagedStoreError} If it is no JSON
 */
export function readRun(root: string, directory: string): Promise<JsonValue | null> {
  const path = join(root, directory, RUN_FILE);
  return new Promise((resolve) => {
    const text = readTextFile(path);
    try {
      resolve(text === null ? null : JSON.parse(text));
    } catch {
      throw new DamagedStoreError(
        `Cannot open "${path}": expected JSON, found other text: run the pipeline again`,
      );
    }
  });
}

/** All runs, or those of a pipeline, by name and number. */
export function listRuns(root: string, pipeline?: string): Promise<readonly RunLocation[]> {
  const pipelines = pipeline === undefined
    ? listDirectory(join(root, "runs")).map(({ name }) => name)
    : [pipeline];
  const runs = pipelines.flatMap((name) =>
    listDirectory(join(root, "runs", name))
      .filter((entry) => entry.isDirectory() && /^\d{4,}$/.test(entry.name))
      .map((entry) => ({
        pipeline: name,
        run: Number(entry.name),
        directory: join("runs", name, entry.name),
      }))
      .sort((a, b) => a.run - b.run)
  );
  return Promise.resolve(runs);
}
