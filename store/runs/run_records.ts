import { join } from "node:path";
import type { JsonValue } from "../../core/canonical.ts";
import { DamagedStoreError } from "../../core/errors.ts";
import { writeFileAtomically } from "../files/files.ts";
import {
  encodeRecord,
  readRecord,
  type RecordContent,
  type RecordOptions,
  type StoredRecord,
} from "../files/records.ts";

/** Records of a run in its directory: who opened it, its plan, and its result. */

/** A record of a run: its file, what a reader expects in it, and what is wrong with it. */
export interface RunRecordKind extends RecordOptions {
  readonly file: string;
  /** The first part of the content that is not of its form, null if all are. */
  readonly findFault: (content: RecordContent) => string | null;
}

const REMEDY = '"deno task verify" names all that is damaged; put the file back, or remove the ' +
  "directory of the run: stages are stored apart from it";

/** Written when a run is opened. */
export const OWNER_RECORD: RunRecordKind = {
  file: "owner.json",
  expected: "the name of what opened the run",
  remedy: REMEDY,
  names: ["owner"],
  findFault: ({ owner }) => typeof owner === "string" ? null : "owner",
};

/** Written when a run is opened, for reports and reproductions. */
export const PLAN_RECORD: RunRecordKind = {
  file: "plan.json",
  expected: "the plan of a run",
  remedy: REMEDY,
  names: ["workflowId", "build", "rerun", "command", "started", "plan"],
  optional: ["changes"],
  findFault: ({ plan }) => {
    if (!isObject(plan)) return "plan";
    const { name, stages } = plan;
    if (typeof name !== "string") return "plan.name";
    if (!Array.isArray(stages)) return "plan.stages";
    const TEXTS = ["name", "kind", "key", "directory", "commit"];
    const isStage = (stage: JsonValue) =>
      isObject(stage) && TEXTS.every((part) => typeof stage[part] === "string");
    return stages.every(isStage) ? null : "plan.stages";
  },
};

/** Written when a run has ended. */
export const SUMMARY_RECORD: RunRecordKind = {
  file: "run.json",
  expected: "the summary of a run",
  remedy: REMEDY,
  names: ["pipeline", "run", "status", "digest", "directory", "seconds", "stages"],
  optional: ["error", "compared", "notNeeded"],
  findFault: ({ pipeline, run, status, digest, directory, seconds, stages }) => {
    if (typeof pipeline !== "string") return "pipeline";
    if (!Number.isInteger(run)) return "run";
    if (!["completed", "failed", "cancelled"].includes(String(status))) return "status";
    if (typeof digest !== "string") return "digest";
    if (typeof directory !== "string") return "directory";
    if (typeof seconds !== "number") return "seconds";
    return isObject(stages) && Object.values(stages).every(isStageResult) ? null : "stages";
  },
};

/** A stage in the summary of a run, as far as the store itself depends on it. */
export interface RecordedStage {
  readonly kind: string;
  readonly digest: string;
  /** Path of its commit, relative to the data root. */
  readonly path: string;
}

/** Pattern of stage paths, relative to the data root: a record cannot name anything else. */
const STAGE_PATH = /^(?:reruns\/[\w.-]+\/)?stages\/[\w.-]+(?:\/manifests\/[\w.-]+)?$/;

function isStageResult(value: JsonValue): boolean {
  if (!isObject(value)) return false;
  const { kind, digest, path, counts, metrics } = value;
  return typeof kind === "string" && typeof digest === "string" && typeof path === "string" &&
    STAGE_PATH.test(path) && !path.includes("..") && isObject(counts) && isObject(metrics);
}

function isObject(value: JsonValue | undefined): value is { readonly [name: string]: JsonValue } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Writes a record of a run. @param directory Absolute, of the run */
export function writeRunRecord(
  directory: string,
  { file }: RunRecordKind,
  content: RecordContent,
): Promise<void> {
  return writeFileAtomically(join(directory, file), encodeRecord(content));
}

/**
 * Reads a record of a run, null if there is none.
 *
 * @param directory Absolute, of the run
 * @throws {DamagedStoreError} If something else is in its place
 */
export function readRunRecord(directory: string, kind: RunRecordKind): StoredRecord | null {
  const path = join(directory, kind.file);
  const record = readRecord(path, kind);
  // What has its checksum is what was written.
  const fault = record === null || record.sealed ? null : kind.findFault(record.content);
  if (fault === null) return record;
  throw new DamagedStoreError({
    action: "read",
    place: path,
    expected: kind.expected,
    found: `a wrong "${fault}"`,
    remedy: kind.remedy,
  });
}
