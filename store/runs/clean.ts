import * as fs from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { setImmediate } from "node:timers/promises";
import { DamagedStoreError, StageBusyError } from "../../core/errors.ts";
import { withAccess } from "../files/access.ts";
import { listDirectory } from "../files/files.ts";
import { acquireLock, whileUnheld } from "../files/lock.ts";
import { uniqueOwner } from "../files/machine.ts";
import { findOldTemporaries, findTemporaries, removeStray } from "../files/strays.ts";
import { readRootFile } from "../root/root_file.ts";
import { PLAN_RECORD, readRunRecord, SUMMARY_RECORD } from "./run_records.ts";
import { LATEST, listPipelines, listRuns, replaceLink, type RunLocation } from "./runs.ts";

export interface CleanOptions {
  /** Runs of each pipeline to keep; all if absent. */
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

/**
 * Removes old runs, stages that no kept run names, and what killed processes left under temporary
 * names; never a stage whose lock is held.
 *
 * @throws {DamagedStoreError} If it cannot be told what the kept runs name; nothing was removed then
 */
export async function cleanStages(root: string, options: CleanOptions = {}): Promise<CleanReport> {
  const { keepLast = Infinity, dryRun = false, signal } = options;
  const removed: Removal[] = [];
  const locked: string[] = [];
  const owner = uniqueOwner("clean");
  const remove = async (path: string, removePath = removeTree) => {
    removed.push({ path, bytes: sizeOf(join(root, path)) });
    if (!dryRun) await withAccess(join(root, path), () => removePath(join(root, path)));
  };
  readRootFile(root); // nothing is removed from a directory that cannot be read
  const stages = listStages(root);
  if (stages.length > 0 && keepLast > 0) requireRuns(root);
  const pipelines = await runsByPipeline(root);
  const [old, kept] = splitRuns(pipelines, keepLast);
  const named = new Set(kept.flatMap((run) => stagesNamedBy(root, run)));
  for (const run of old) await remove(run.directory);
  for (const [pipeline, runs] of pipelines) {
    if (!dryRun && runs.every((run) => old.includes(run))) removeLatest(root, pipeline);
  }
  for (const stage of stages) {
    await setImmediate(); // a turn of the event loop, in which an abort arrives
    signal?.throwIfAborted();
    if (named.has(stage)) continue;
    try {
      await using _lock = await acquireLock(join(root, stage), owner);
      await remove(stage);
    } catch (error) {
      if (!(error instanceof StageBusyError)) throw error;
      locked.push(stage);
    }
  }
  for (const stray of await findLeftovers(root)) {
    const path = relative(root, stray);
    if (removed.some((gone) => path.startsWith(`${gone.path}/`))) continue; // with dryRun
    await remove(path, removeStray);
  }
  return { removed, locked };
}

/** @throws {DamagedStoreError} If there is nothing where runs lie, so that no stage is named */
function requireRuns(root: string): void {
  const place = join(root, "runs");
  if (fs.lstatSync(place, { throwIfNoEntry: false }) !== undefined) return;
  throw new DamagedStoreError({
    action: "clean",
    place: root,
    expected: `the runs that name its stages at "${place}"`,
    found: "nothing",
    remedy: "put them back, or remove all stages by --keep-last 0",
  });
}

/** Every pipeline with its runs. @throws {DamagedStoreError} If those of one cannot be listed */
export async function runsByPipeline(
  root: string,
): Promise<ReadonlyMap<string, readonly RunLocation[]>> {
  const names = listPipelines(root);
  const runs = await Promise.all(names.map((name) => listRuns(root, name)));
  return new Map(names.map((name, i) => [name, runs[i]!]));
}

/** Runs that are to go, and those that stay. */
export function splitRuns(
  pipelines: ReadonlyMap<string, readonly RunLocation[]>,
  keepLast: number,
): readonly [old: readonly RunLocation[], kept: readonly RunLocation[]] {
  const old: RunLocation[] = [], kept: RunLocation[] = [];
  for (const runs of pipelines.values()) {
    const first = Math.max(0, runs.length - keepLast);
    old.push(...runs.slice(0, first));
    kept.push(...runs.slice(first));
  }
  return [old, kept];
}

/** Finds what killed processes left among stages and runs, those of this command included. */
async function findLeftovers(root: string): Promise<readonly string[]> {
  const inside = (...place: string[]) =>
    listDirectory(join(root, ...place)).filter((entry) => entry.isDirectory())
      .map(({ name }) => join(root, ...place, name));
  const stages = [join(root, "stages"), ...inside("reruns").map((rerun) => join(rerun, "stages"))];
  const doomed = [...stages, ...inside("runs")].flatMap((parent) =>
    listDirectory(parent).filter(({ name }) => name.startsWith(DOOMED))
      .map(({ name }) => join(parent, name))
  );
  const locked: string[] = [];
  for (const stage of listStages(root).map((stage) => join(root, stage))) {
    if (findTemporaries(stage).length === 0) continue;
    locked.push(...await whileUnheld(stage, () => findTemporaries(stage)) ?? []);
  }
  const runs = inside("runs").flatMap((pipeline) => [
    pipeline,
    ...listDirectory(pipeline).filter((entry) => entry.isDirectory())
      .map(({ name }) => join(pipeline, name)),
  ]);
  const free = [root, ...stages, ...runs].flatMap(findOldTemporaries);
  return [...doomed, ...locked, ...free];
}

/** Directories of stages, also those of reruns, relative to the data root. */
export function listStages(root: string): readonly string[] {
  const reruns = listDirectory(join(root, "reruns")).map(({ name }) => join("reruns", name));
  return ["", ...reruns].flatMap((base) =>
    listDirectory(join(root, base, "stages"))
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith(DOOMED))
      .map(({ name }) => join(base, "stages", name))
  );
}

/**
 * Returns the stages that a run uses: those in its records, finished or planned, and those that it
 * links to.
 *
 * @throws {DamagedStoreError} If a record is damaged, and with it what it names
 */
export function stagesNamedBy(root: string, { directory }: RunLocation): readonly string[] {
  const run = join(root, directory);
  const records = [PLAN_RECORD, SUMMARY_RECORD].map((kind) => readRunRecord(run, kind)?.content);
  const links = listDirectory(join(run, "stages")).flatMap((entry) => {
    if (!entry.isSymbolicLink()) return [];
    const link = join(run, "stages", entry.name);
    return [relative(root, join(dirname(link), fs.readlinkSync(link)))];
  });
  const place = /(?:reruns\/[\w.-]+\/)?stages\/[\w.-]+/g;
  return [...records.map((record) => JSON.stringify(record) ?? ""), ...links]
    .flatMap((text) => text.match(place) ?? []);
}

/** Bytes of the files below a directory, without those that others remove meanwhile. */
export function sizeOf(path: string): number {
  return listDirectory(path).reduce((sum, entry) => {
    const inner = join(path, entry.name);
    if (entry.isDirectory()) return sum + sizeOf(inner);
    return sum + (fs.lstatSync(inner, { throwIfNoEntry: false })?.size ?? 0);
  }, 0);
}

/** Begins the name of what is being removed. */
const DOOMED = ".removed-";

/** Renamed before it is removed: half of a stage is never found under its name. */
export function removeTree(path: string): void {
  const doomed = join(dirname(path), `${DOOMED}${basename(path)}`);
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
