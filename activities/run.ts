import { join } from "node:path";
import type { Changes } from "../pipelines/declare/overrides.ts";
import { rerunPlace } from "../pipelines/places.ts";
import type { PipelinePlan } from "../pipelines/plan.ts";
import {
  openRunDirectory,
  pushFile,
  readPlan,
  readRun,
  type RecordContent,
  reserveRun,
  writePlan,
} from "../store/mod.ts";
import type { OperationContext } from "./stages/operation.ts";
import type { OpenedRun, OpenRunTask } from "./types.ts";

/** Record of a run in its directory before it ends. */
export interface OpenedRunFile {
  readonly plan: PipelinePlan;
  readonly workflowId: string;
  readonly build: string;
  readonly rerun: boolean;
  /** Null if no command started it. */
  readonly command: string | null;
  /** Changes to the declaration; absent if they are not known. */
  readonly changes?: Changes;
  /** ISO 8601. */
  readonly started: string;
}

/** Opens the next run directory; the same workflow execution gets the same one again. */
export async function openRun(
  task: OpenRunTask,
  { root, bucket }: Pick<OperationContext, "root" | "bucket">,
): Promise<OpenedRun> {
  const { plan, workflowId, firstExecutionRunId, rerun, command = null, changes = {}, build } =
    task;
  const owner = `${workflowId}/${firstExecutionRunId}`;
  if (bucket !== undefined) await reserveRun(bucket, plan.name, owner);
  const { run, directory } = await openRunDirectory(root, plan.name, { owner });
  if (await readRun(root, directory) === null) {
    const started = new Date().toISOString();
    const opened: OpenedRunFile = { workflowId, build, rerun, command, changes, started, plan };
    await writePlan(root, directory, opened as unknown as RecordContent); // JSON by construction
    if (bucket !== undefined) await pushFile(bucket, join(directory, "plan.json"));
  }
  return { run, directory, base: rerun ? rerunPlace(plan.name, run) : "" };
}

/**
 * Reads the record that {@linkcode openRun} wrote.
 *
 * @throws {DamagedStoreError} If it cannot be read
 */
export async function readOpenedRun(root: string, directory: string): Promise<OpenedRunFile> {
  return await readPlan(root, directory) as unknown as OpenedRunFile; // as openRun() wrote it
}
