import * as fs from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import process from "node:process";
import { setImmediate } from "node:timers/promises";
import { StageBusyError } from "../../core/errors.ts";
import { withAccess } from "../files/access.ts";
import { listDirectory, readTextFile } from "../files/files.ts";
import { acquireLock } from "../files/lock.ts";
import { LATEST, listRuns, replaceLink, type RunLocation } from "./runs.ts";

export interface CleanOptions {
  /** Runs of each pipeline to keep; all where absent. */
  readonly keepLast?: number;
  /** Only says what would be removed. */
  readonly dryRun?: boolean;
  readonly signal?: AbortSignal;
}

/** Something that was removed, or would be. */
export interface Removal {
  /** Relative to the data root. */
  readonly path: string;
  readonly bytes: number;
}

export interface CleanReport {
  readonly removed: readonly Removal[];
  /** Stages that no kept run names but that are in use: paths relative to the data root. */
  readonly locked: readonly string[];
}

/** Removes old runs, and stages that no kept run names; never one whose lock is held. */
export async function cleanStages(root: string, options: CleanOptions = {}): Promise<CleanReport> {
  const { keepLast = Infinity, dryRun = false, signal } = options;
  const removed: Removal[] = [];
  const locked: string[] = [];
  const owner = `clean in process ${process.pid}`;
  const remove = async (path: string) => {
    removed.push({ path, bytes: sizeOf(join(root, path)) });
    if (!dryRun) await withAccess(join(root, path), () => removeTree(join(root, path)));
  };
  const kept = new Set<string>();
  for (const runs of (await runsByPipeline(root)).values()) {
    const first = Math.max(0, runs.length - keepLast);
    for (const [index, run] of runs.entries()) {
      if (index < first) await remove(run.directory);
      else for (const stage of stagesNamedBy(root, run)) kept.add(stage);
    }
    if (first === runs.length && !dryRun) removeLatest(root, runs[0]!.pipeline);
  }
  for (const stage of listStages(root)) {
    await setImmediate(); // a turn of the event loop, in which an abort arrives
    signal?.throwIfAborted();
    if (kept.has(stage)) continue;
    try {
      await using _lock = await acquireLock(join(root, stage), owner);
      await remove(stage);
    } catch (error) {
      if (!(error instanceof StageBusyError)) throw error;
      locked.push(stage);
    }
  }
  return { removed, locked };
}

async function runsByPipeline(root: string): Promise<ReadonlyMap<string, RunLocation[]>> {
  return Map.groupBy(await listRuns(root), ({ pipeline }) => pipeline);
}

/** Directories of stages, also those of reruns, relative to the data root. */
export function listStages(root: string): readonly string[] {
  const reruns = listDirectory(join(root, "reruns")).map(({ name }) => join("reruns", name));
  return ["", ...reruns].flatMap((base) =>
    listDirectory(join(root, base, "stages"))
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => join(base, "stages", name))
  );
}

/**
 * The stages that a run stands on: those that its files name, finished or planned, and those that it
 * links to.
 */
export function stagesNamedBy(root: string, { directory }: RunLocation): readonly string[] {
  const files = listDirectory(join(root, directory)).filter(({ name }) => name.endsWith(".json"));
  const texts = files.map(({ name }) => readTextFile(join(root, directory, name)) ?? "");
  const links = listDirectory(join(root, directory, "stages")).flatMap(({ name }) => {
    const link = join(root, directory, "stages", name);
    return [relative(root, join(dirname(link), fs.readlinkSync(link)))];
  });
  const place = /(?:reruns\/[\w.-]+\/)?stages\/[\w.-]+/g;
  return [...texts, ...links].flatMap((text) => text.match(place) ?? []);
}

/** Bytes of the files below a directory. */
export function sizeOf(path: string): number {
  return listDirectory(path).reduce((sum, entry) => {
    const inner = join(path, entry.name);
    return sum + (entry.isDirectory() ? sizeOf(inner) : fs.lstatSync(inner).size);
  }, 0);
}

/** Renamed before it is removed: half of a stage is never found under its name. */
export function removeTree(path: string): void {
  const doomed = join(dirname(path), `.removed-${basename(path)}`);
  fs.rmSync(doomed, { recursive: true, force: true });
  fs.renameSync(path, doomed);
  fs.rmSync(doomed, { recursive: true, force: true });
}

function removeLatest(root: string, pipeline: string): void {
  fs.rmSync(join(root, "runs", pipeline, LATEST), { force: true });
}

/** Points `latest` to the last run of a pipeline that there is, and removes it with the last. */
export async function relinkLatest(root: string, pipeline: string): Promise<void> {
  const last = (await listRuns(root, pipeline)).at(-1);
  if (last === undefined) removeLatest(root, pipeline);
  else replaceLink(join(root, "runs", pipeline, LATEST), join(root, last.directory));
}
