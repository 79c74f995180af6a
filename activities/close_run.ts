import { join } from "node:path";
import type { JsonValue } from "../core/canonical.ts";
import { ReproductionError, SluiceError } from "../core/errors.ts";
import { linkStage, readCommit, writeFileAtomically, writeRun } from "../store/mod.ts";
import { renderReport } from "../view/report.ts";
import type { OperationContext } from "./operations.ts";
import { gatherReport } from "./report.ts";
import type { CloseRunTask, RunError, RunSummary, StageResult } from "./types.ts";

/** Ends a run: links its stages, writes `run.json` and `report.html`. */
export async function closeRun(
  task: CloseRunTask,
  { root }: OperationContext,
): Promise<RunSummary> {
  const { plan, run, directory } = task;
  for (const { stage, path } of task.stages) {
    await linkStage(root, { pipeline: plan.name, run, directory }, { name: stage, target: path });
  }
  const summary = summarizeRun(task, task.rerun ? await findDifference(task, root) : null);
  // A summary is JSON by construction; its interface only lacks the index signature.
  await writeRun(root, directory, summary as unknown as JsonValue);
  const report = await renderReport(await gatherReport(root, directory));
  await writeFileAtomically(join(root, directory, "report.html"), report);
  return summary;
}

function summarizeRun(task: CloseRunTask, difference: RunError | null): RunSummary {
  const { plan, run, directory, seconds, stages } = task;
  const error = task.error ?? difference;
  return {
    pipeline: plan.name,
    run,
    status: difference === null ? task.status : "failed",
    digest: plan.digest,
    directory,
    seconds,
    ...(error === null ? {} : { error }),
    stages: Object.fromEntries(stages.map(({ stage, ...result }) => [stage, result])),
  };
}

/** The first stage of a rerun whose bytes are not the stored ones, null where all are equal. */
async function findDifference(task: CloseRunTask, root: string): Promise<RunError | null> {
  for (const result of task.stages) {
    try {
      await requireReproduced(result, storedPath(result, task.base), root);
    } catch (error) {
      if (!(error instanceof SluiceError)) throw error;
      return { stage: result.stage, name: error.name, message: error.message };
    }
  }
  return null;
}

/** @throws {ReproductionError} If other bytes are stored; nothing stored is no difference */
async function requireReproduced(result: StageResult, path: string, root: string): Promise<void> {
  const stored = await readCommit(join(root, path));
  if (stored === null || stored.digest === result.digest) return;
  throw new ReproductionError(
    `Cannot reproduce stage "${result.stage}": expected digest ${stored.digest}, found ` +
      `${result.digest}: compare "${path}" with "${result.path}"; the stored result was kept`,
  );
}

function storedPath({ path }: StageResult, base: string): string {
  return path.slice(base === "" ? 0 : base.length + 1);
}
