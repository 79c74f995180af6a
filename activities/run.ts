import { join } from "node:path";
import { readFile } from "node:fs/promises";
import { DamagedStoreError, messageOf } from "../core/errors.ts";
import type { Changes } from "../pipelines/declare/overrides.ts";
import type { PipelinePlan } from "../pipelines/plan.ts";
import { openRunDirectory, readRun, type RunLocation, writeFileAtomically } from "../store/mod.ts";
import type { OpenedRun, OpenRunTask } from "./types.ts";

/** Name of the file in a run directory that holds the plan, for reports and reproductions. */
const PLAN_FILE = "plan.json";

/** What a run directory says of its run before it ends. */
export interface OpenedRunFile {
  readonly plan: PipelinePlan;
  readonly workflowId: string;
  readonly build: string;
  readonly rerun: boolean;
  /** Null where no command started it. */
  readonly command: string | null;
  /** What was changed in the declaration; absent where that is not known. */
  readonly changes?: Changes;
  /** ISO 8601. */
  readonly started: string;
}

/** Opens the next run directory; the same workflow execution gets the same one again. */
export async function openRun(task: OpenRunTask, root: string): Promise<OpenedRun> {
  const { plan, workflowId, firstExecutionRunId, rerun, command = null, changes = {}, build } =
    task;
  const { run, directory } = await openRunDirectory(root, plan.name, {
    owner: `${workflowId}/${firstExecutionRunId}`,
  });
  if (await readRun(root, directory) === null) {
    const started = new Date().toISOString();
    const opened: OpenedRunFile = { workflowId, build, rerun, command, changes, started, plan };
    const text = JSON.stringify(opened, null, 2) + "\n";
    await writeFileAtomically(join(root, directory, PLAN_FILE), text);
  }
  return { run, directory, base: rerun ? rerunBase({ pipeline: plan.name, run }) : "" };
}

/** Where a rerun puts its stages, relative to the data root. */
export function rerunBase({ pipeline, run }: Pick<RunLocation, "pipeline" | "run">): string {
  return `reruns/${pipeline}-${run}`;
}

/**
 * What {@linkcode openRun} wrote.
 *
 * @throws {DamagedStoreError} If it cannot be read
 */
export async function readOpenedRun(root: string, directory: string): Promise<OpenedRunFile> {
  const file = join(root, directory, PLAN_FILE);
  try {
    return JSON.parse(await readFile(file, "utf8"));
  } catch (error) {
    throw new DamagedStoreError(
      `Cannot read the plan of a run "${file}": ${messageOf(error)}: run the pipeline again`,
    );
  }
}
