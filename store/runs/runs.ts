import * as fs from "node:fs";
import { dirname, join, relative } from "node:path";
import type { JsonValue } from "../../core/canonical.ts";
import { DamagedStoreError, StoreAccessError } from "../../core/errors.ts";
import { systemCode, withAccess } from "../files/access.ts";
import { listBookkeeping } from "../files/bookkeeping.ts";
import {
  flushDirectory,
  makeDirectory,
  temporaryName,
  writeFileAtomicallySync,
} from "../files/files.ts";
import { encodeRecord, type RecordContent } from "../files/records.ts";
import {
  OWNER_RECORD,
  PLAN_RECORD,
  readRunRecord,
  SUMMARY_RECORD,
  writeRunRecord,
} from "./run_records.ts";

/** Runs: numbered directories `runs/<pipeline>/<0001>`, never overwritten. */

/** A run by its place. */
export interface RunLocation {
  readonly pipeline: string;
  readonly run: number;
  /** Relative to the data root. */
  readonly directory: string;
}

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
    writeFileAtomicallySync(join(prepared, OWNER_RECORD.file), encodeRecord({ owner }));
    for (let run = (runs.at(-1)?.run ?? 0) + 1;; run++) {
      const directory = runDirectory(pipeline, run);
      if (!renameNew(prepared, join(root, directory))) continue;
      flushDirectory(parent);
      replaceLink(join(parent, LATEST), join(root, directory));
      return { pipeline, run, directory };
    }
  });
}

/**
 * Reads who opened a run, null if nobody is recorded.
 *
 * @param directory Absolute
 * @throws {DamagedStoreError} If the file that says it has other content
 */
export function readOwner(directory: string): JsonValue | null {
  return readRunRecord(directory, OWNER_RECORD)?.content["owner"] ?? null;
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

/** Points a link to a target, at once. Nothing but another link is written over. */
export function replaceLink(link: string, target: string): void {
  const found = fs.lstatSync(link, { throwIfNoEntry: false });
  if (found !== undefined && !found.isSymbolicLink()) {
    throw new StoreAccessError({
      action: "write",
      place: link,
      expected: "a link or room for one",
      found: `a ${found.isDirectory() ? "directory" : "file"}`,
      remedy: "move it away and run again",
    });
  }
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
export function writeRun(root: string, directory: string, summary: RecordContent): Promise<void> {
  return writeRunRecord(join(root, directory), SUMMARY_RECORD, summary);
}

/**
 * The `run.json` of a run, null if it has not ended.
 *
 * @param directory Relative to the data root
 * @throws {DamagedStoreError} If it is not the summary of a run
 */
export function readRun(root: string, directory: string): Promise<RecordContent | null> {
  return new Promise((resolve) =>
    resolve(readRunRecord(join(root, directory), SUMMARY_RECORD)?.content ?? null)
  );
}

/** Writes `plan.json` of a run. @param directory Relative to the data root */
export function writePlan(root: string, directory: string, plan: RecordContent): Promise<void> {
  return writeRunRecord(join(root, directory), PLAN_RECORD, plan);
}

/**
 * The `plan.json` of a run.
 *
 * @param directory Relative to the data root
 * @throws {DamagedStoreError} If there is none, or it is not the plan of a run
 */
export function readPlan(root: string, directory: string): Promise<RecordContent> {
  return new Promise((resolve) => {
    const record = readRunRecord(join(root, directory), PLAN_RECORD);
    if (record !== null) return resolve(record.content);
    throw new DamagedStoreError({
      action: "read",
      place: join(root, directory, PLAN_RECORD.file),
      expected: "the plan of a run",
      found: "none",
      remedy: "run the pipeline again",
    });
  });
}

/**
 * All runs, or those of a pipeline, by name and number.
 *
 * @throws {DamagedStoreError} If something else than a directory is where runs, or those of the
 * pipeline, should lie
 */
export function listRuns(root: string, pipeline?: string): Promise<readonly RunLocation[]> {
  return new Promise((resolve) => {
    const pipelines = pipeline === undefined
      ? listPipelines(root).filter((name) => holdsRuns(join(root, "runs", name)))
      : [pipeline];
    resolve(pipelines.flatMap((name) => runsOf(root, name)));
  });
}

/**
 * Names of the pipelines that have run, damaged ones too.
 *
 * @throws {DamagedStoreError} If something else than a directory is where runs lie
 */
export function listPipelines(root: string): readonly string[] {
  return listBookkeeping(join(root, "runs")).filter((name) => !name.startsWith("."));
}

/** Whether a place can be listed: a file, or links in a circle, cannot. */
function holdsRuns(directory: string): boolean {
  try {
    return fs.statSync(directory).isDirectory();
  } catch {
    return false;
  }
}

/**
 * Lists the runs of a pipeline. A file in place of a directory counts too: its number is taken, and
 * readers report it.
 */
function runsOf(root: string, pipeline: string): readonly RunLocation[] {
  return listBookkeeping(join(root, "runs", pipeline))
    .filter((name) => /^\d{4,}$/.test(name))
    .map((name) => ({ pipeline, run: Number(name), directory: join("runs", pipeline, name) }))
    .sort((a, b) => a.run - b.run);
}
