import * as fs from "node:fs";
import { join, relative } from "node:path";
import type { JsonValue } from "../../core/canonical.ts";
import { DamagedStoreError, SluiceError } from "../../core/errors.ts";
import { COMMIT_FILE } from "../files/commit.ts";
import { readCommitSync } from "../files/read_commit.ts";
import { listDirectory } from "../files/files.ts";
import type { RecordContent, StoredRecord } from "../files/records.ts";
import {
  OWNER_RECORD,
  PLAN_RECORD,
  readRunRecord,
  type RecordedStage,
  type RunRecordKind,
  SUMMARY_RECORD,
} from "./run_records.ts";
import { LATEST, listPipelines, listRuns, type RunLocation } from "./runs.ts";

/** Visitor that walks through runs and collects its findings. */
export interface RunVisitor {
  /** Reads all that is committed in and below a directory, and what its commits name. */
  visit(directory: string): Promise<void>;
  /** Adds a fault of a committed file: its directory must be removed, so that it is made again. */
  fault(directory: string, path: string, problem: string): void;
  /** Keeps a fault of anything else, with its remedy. */
  faultOfBooks(directory: string, path: string, problem: string): void;
  /** Keeps what is worth knowing and no fault. */
  note(text: string): void;
  /** Reads a record of a directory; null if there is none, or, with a fault, if it is damaged. */
  record(directory: string, file: string, read: () => StoredRecord | null): StoredRecord | null;
}

/** File that is written after `run.json`: if it exists, the run has ended. */
const REPORT_FILE = "report.html";

/**
 * Lists the runs of a data root in a directory. For pipelines that are completely in it, it notes
 * whether their runs cannot be listed, or `latest` leads to none.
 *
 * @throws {DamagedStoreError} If something else than a directory is where runs lie
 */
export async function runsWithin(
  root: string,
  directory: string,
  visitor: RunVisitor,
): Promise<readonly RunLocation[]> {
  const place = realPath(directory);
  const isInside = (path: string) => `${realPath(path)}/`.startsWith(`${place}/`);
  const runs = await listRuns(root);
  const runsDirectory = join(realPath(root), "runs");
  for (const pipeline of listPipelines(root)) {
    const parent = join(runsDirectory, pipeline);
    if (!`${parent}/`.startsWith(`${place}/`)) continue;
    checkPipeline(parent, runs.filter((run) => run.pipeline === pipeline), visitor);
  }
  return runs.filter((run) => isInside(join(root, run.directory)));
}

function checkPipeline(parent: string, runs: readonly RunLocation[], visitor: RunVisitor): void {
  if (fs.statSync(parent, { throwIfNoEntry: false })?.isFile()) {
    visitor.faultOfBooks(
      parent,
      "",
      "expected the runs of a pipeline, found a file: put them back",
    );
  }
  const latest = join(parent, LATEST);
  if (fs.lstatSync(latest, { throwIfNoEntry: false }) === undefined) return;
  const places = runs.map(({ run }) => String(run).padStart(4, "0"));
  const target = linkOf(latest);
  if (target !== null && places.includes(target)) return;
  visitor.faultOfBooks(
    parent,
    LATEST,
    `expected a link to a run of the pipeline, found ${target ?? "no link"}: remove it; the next ` +
      "run makes it again",
  );
}

/**
 * Verifies a run against its own records: each of them, and every stage in its `run.json`, by place
 * and digest.
 *
 * @param stage Only this one, and of the records only the summary
 */
export async function visitRun(
  root: string,
  run: RunLocation,
  { visitor, stage }: { readonly visitor: RunVisitor; readonly stage?: string },
): Promise<void> {
  const directory = join(realPath(root), run.directory);
  const read = (kind: RunRecordKind, isRequired: boolean) =>
    visitor.record(directory, kind.file, () => {
      const record = readRunRecord(directory, kind);
      if (record !== null || !isRequired) return record;
      throw new DamagedStoreError(`expected ${kind.expected}, found none: ${kind.remedy}`);
    })?.content ?? null;
  const hasEnded = fs.existsSync(join(directory, REPORT_FILE));
  const summary = read(SUMMARY_RECORD, hasEnded);
  if (stage === undefined) {
    const owner = read(OWNER_RECORD, true), plan = read(PLAN_RECORD, hasEnded);
    compareRecords(run, { owner, plan, summary }, (file, problem) => {
      visitor.faultOfBooks(directory, file, problem);
    });
    if (!hasEnded && !fs.existsSync(join(directory, SUMMARY_RECORD.file))) {
      visitor.note(`${run.pipeline}/${run.run} has not ended: what it stored so far was read`);
    }
    checkDerived(directory, visitor);
  }
  for (const [name, recorded] of Object.entries(stagesOf(summary))) {
    if (stage !== undefined && stage !== name) continue;
    await visitStage({ root: realPath(root), directory, name, recorded }, visitor);
  }
  if (stage !== undefined) await visitor.visit(join(directory, "stages", stage));
}

/**
 * Checks the files for people: they are part of no digest, but nothing else may be in their place.
 */
function checkDerived(directory: string, visitor: RunVisitor): void {
  const logs = join(directory, "logs");
  const paths = [
    join(directory, REPORT_FILE),
    ...listDirectory(logs).map(({ name }) => join(logs, name)),
  ];
  for (const path of paths) {
    const link = fs.lstatSync(path, { throwIfNoEntry: false });
    if (link === undefined || !link.isDirectory()) continue;
    const file = relative(directory, path);
    visitor.faultOfBooks(directory, file, "expected a file, found a directory: move it away");
  }
}

interface RunRecords {
  readonly owner: RecordContent | null;
  readonly plan: RecordContent | null;
  readonly summary: RecordContent | null;
}

/** Finds records that are whole and another run's. */
function compareRecords(
  { pipeline, run }: RunLocation,
  { owner, plan, summary }: RunRecords,
  fault: (file: string, problem: string) => void,
): void {
  const compare = (file: string, what: string, expected: JsonValue, found: JsonValue) => {
    if (expected !== found) {
      fault(
        file,
        `expected ${what} ${String(expected)}, found ${String(found)}: put the file back`,
      );
    }
  };
  if (summary !== null) {
    compare(SUMMARY_RECORD.file, "the summary of", `${pipeline}/${run}`, nameOf(summary));
  }
  if (plan === null) return;
  const planned = plan["plan"] as RecordContent; // readRunRecord() checked its form
  compare(PLAN_RECORD.file, "the plan of", pipeline, planned["name"]!);
  if (owner !== null) {
    const workflow = String(owner["owner"]).split("/")[0]!;
    compare(OWNER_RECORD.file, "the owner", plan["workflowId"] ?? null, workflow);
  }
  if (summary === null) return;
  compare(PLAN_RECORD.file, "the plan of digest", summary["digest"]!, planned["digest"] ?? null);
  if (summary["status"] !== "completed") return;
  for (const { name } of planned["stages"] as readonly { readonly name: string }[]) { // so too
    if (Object.hasOwn(stagesOf(summary), name)) continue;
    fault(
      SUMMARY_RECORD.file,
      `expected stage "${name}" of the plan, found none: run the pipeline again`,
    );
  }
}

function nameOf({ pipeline, run }: RecordContent): string {
  return `${pipeline}/${run}`;
}

function stagesOf(summary: RecordContent | null): Readonly<Record<string, RecordedStage>> {
  return (summary?.["stages"] ?? {}) as unknown as Record<string, RecordedStage>; // of a checked form
}

interface RunStage {
  /** Absolute path of the data root, without links. */
  readonly root: string;
  /** Absolute, of the run. */
  readonly directory: string;
  readonly name: string;
  readonly recorded: RecordedStage;
}

async function visitStage(stage: RunStage, visitor: RunVisitor): Promise<void> {
  const { root, directory, name, recorded } = stage, place = join(root, recorded.path);
  const link = join(directory, "stages", name);
  const target = linkOf(link);
  const expected = relative(join(directory, "stages"), place);
  if (target !== expected) {
    visitor.faultOfBooks(
      directory,
      join("stages", name),
      `expected a link to ${expected}, found ${target ?? "none"}: put it back`,
    );
  }
  const found = commitOf(place);
  if (found !== null && found !== `${recorded.kind} ${recorded.digest}`) {
    visitor.fault(
      place,
      COMMIT_FILE,
      `expected the commit of ${recorded.kind} with digest ${recorded.digest} for stage "${name}", ` +
        `found ${found}`,
    );
  }
  await visitor.visit(place);
}

/** Returns the kind and digest of a commit, `none` if there is none; null if it is damaged. */
function commitOf(directory: string): string | null {
  try {
    const commit = readCommitSync(directory);
    return commit === null ? "none" : `${commit.kind} ${commit.digest}`;
  } catch (error) {
    if (error instanceof SluiceError) return null; // the visit of it tells
    throw error;
  }
}

/** Returns the target of a link as stored in it; null if there is none. */
function linkOf(path: string): string | null {
  try {
    return fs.readlinkSync(path);
  } catch {
    return null;
  }
}

/** Resolves the links in a path, as far as possible. */
function realPath(path: string): string {
  try {
    return fs.realpathSync(path);
  } catch {
    return path;
  }
}
