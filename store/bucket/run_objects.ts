import * as fs from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { StoreAccessError } from "../../core/errors.ts";
import { moveAll } from "./move_all.ts";
import { requireContained } from "../contained.ts";
import { machineLabel } from "../files/machine.ts";
import { isTemporary, listDirectory, makeDirectory, writeFileAtomically } from "../files/files.ts";
import { encodeRecord } from "../files/records.ts";
import { relinkLatest, removeTree } from "../runs/clean.ts";
import { OWNER_RECORD, PLAN_RECORD, SUMMARY_RECORD } from "../runs/run_records.ts";
import { listRuns, readOwner, replaceLink, runDirectory } from "../runs/runs.ts";
import type { BucketRoot } from "./bucket_root.ts";

/**
 * Runs in a bucket: their files as objects of the same names. A link to a stage is an object that
 * holds the path of the stage. Who writes the owner of a number first has the run.
 */

/** Pattern of the objects of a run. */
const RUN_OBJECT = /^runs\/([\w.-]+)\/(\d{4,})\/(.+)$/;

/** Pattern of those that stand for links, within a run. */
const LINK = /^stages\/[^/]+$/;

/** Pattern of what they hold. */
const STAGE = /^(?:reruns\/[\w.-]+\/)?stages\/[\w.-]+(?:\/manifests\/[\w.-]+)?$/;

/** Files of a run by which it is listed, and what it is made of is found. */
const RECORDS = /^(?:owner|plan|run)\.json$|^stages\/[^/]+$/;

/**
 * Fills the working root with the records of all runs, and removes runs that the bucket has no
 * more.
 */
export async function fillRuns(bucket: BucketRoot): Promise<void> {
  const known = (await listRuns(bucket.root)).map(({ directory }) => directory);
  const keys = new Set<string>(), runs = new Set<string>();
  for await (const { key } of bucket.blobs.list("runs/")) {
    const [, pipeline = "", number = "", file = ""] = RUN_OBJECT.exec(key) ?? [];
    if (file === "") continue;
    runs.add(join("runs", pipeline, number));
    if (RECORDS.test(file)) keys.add(key);
  }
  await moveAll(keys, (key) => fillFile(bucket, key));
  for (const run of known) if (!runs.has(run)) removeTree(join(bucket.root, run));
  const pipelines = new Set([...known, ...runs].map((run) => run.split("/")[1]!));
  for (const pipeline of pipelines) await relinkLatest(bucket.root, pipeline);
}

/** Fills the working root with what says who opened a run, and what for. */
export async function fillRecords(bucket: BucketRoot, directory: string): Promise<void> {
  await moveAll(
    [OWNER_RECORD, PLAN_RECORD].map(({ file }) => join(directory, file)),
    (key) => fillFile(bucket, key),
  );
}

/** Fills the working root with all files of a run: its report, its logs … */
export async function fillRun(bucket: BucketRoot, directory: string): Promise<void> {
  const files: string[] = [];
  for await (const { key, size } of bucket.blobs.list(`${directory}/`)) {
    const here = fs.statSync(join(bucket.root, key), { throwIfNoEntry: false });
    if (here?.size !== size || LINK.test(relative(directory, key))) files.push(key);
  }
  await moveAll(files, (key) => fillFile(bucket, key, { again: true }));
}

/** {@linkcode fillRun}, where this machine has nothing of the run. */
export async function fillNewRun(bucket: BucketRoot, directory: string): Promise<void> {
  if (!fs.existsSync(join(bucket.root, directory))) await fillRun(bucket, directory);
}

async function fillFile(
  { root, blobs }: BucketRoot,
  key: string,
  { again = false }: { readonly again?: boolean } = {},
): Promise<void> {
  const path = join(root, key), [, , , file = ""] = RUN_OBJECT.exec(key) ?? [];
  // A link may lead to what is not here.
  if (!again && fs.lstatSync(path, { throwIfNoEntry: false }) !== undefined) return;
  requireContained(root, key.split("/").slice(0, -1).join("/"));
  const bytes = await blobs.get(key);
  if (bytes === null) return;
  if (!LINK.test(file)) return await writeFileAtomically(path, bytes);
  const target = new TextDecoder().decode(bytes).trim();
  if (!STAGE.test(target) || target.includes("..")) throw leadsElsewhere(blobs.place, key, target);
  makeDirectory(dirname(path));
  replaceLink(path, join(root, target));
}

/** Pushes all files of a run, `run.json` last; of its logs, those of this machine. */
export async function pushRun(bucket: BucketRoot, directory: string): Promise<void> {
  const summary = join(directory, SUMMARY_RECORD.file);
  const files = filesBelow(bucket.root, directory).filter((path) =>
    path !== summary && (basename(dirname(path)) !== "logs" || path.includes(`-${machineLabel()}.`))
  );
  await moveAll(files, (path) => pushFile(bucket, path));
  if (fs.existsSync(join(bucket.root, summary))) await pushFile(bucket, summary);
}

/** Pushes a file, or a link to a stage. @param key Its path relative to the root */
export async function pushFile({ root, blobs }: BucketRoot, key: string): Promise<void> {
  const path = join(root, key), isLink = fs.lstatSync(path).isSymbolicLink();
  const target = isLink ? relative(root, join(dirname(path), fs.readlinkSync(path))) : "";
  await blobs.put(key, isLink ? new TextEncoder().encode(`${target}\n`) : fs.readFileSync(path));
}

function filesBelow(root: string, directory: string): readonly string[] {
  return listDirectory(join(root, directory)).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (isTemporary(entry.name)) return [];
    return entry.isDirectory() ? filesBelow(root, path) : [path];
  });
}

/**
 * Takes the next number of a pipeline for a run, or finds the one that the owner took before, and
 * writes who owns it in the working root.
 */
export async function reserveRun(
  bucket: BucketRoot,
  pipeline: string,
  owner: string,
): Promise<void> {
  await fillRuns(bucket);
  const runs = await listRuns(bucket.root, pipeline);
  if (runs.some(({ directory }) => readOwner(join(bucket.root, directory)) === owner)) return;
  const text = encodeRecord({ owner });
  for (let run = (runs.at(-1)?.run ?? 0) + 1;; run++) {
    const key = join(runDirectory(pipeline, run), OWNER_RECORD.file);
    const bytes = new TextEncoder().encode(text);
    if (!await bucket.blobs.put(key, bytes, { ifAbsent: true })) continue;
    await writeFileAtomically(join(bucket.root, key), bytes);
    return await relinkLatest(bucket.root, pipeline);
  }
}

function leadsElsewhere(place: string, key: string, target: string): StoreAccessError {
  return new StoreAccessError({
    action: "follow",
    place: `${place}/${key}`,
    expected: "the path of a stage",
    found: `"${target}"`,
    remedy: "remove the object; the stage itself is not lost",
  });
}
