import { closeRun } from "../activities/close_run.ts";
import { readOpenedRun } from "../activities/run.ts";
import { listRuns, readRun } from "../store/mod.ts";
import type { RunUnderWay } from "./runs_under_way.ts";

/**
 * Says in the directory of a run that it was cancelled, in place of a worker of its code. What its
 * stages had committed is not listed: only that code knows where it lies.
 *
 * @param root Absolute path of the data root
 */
export async function closeCancelledRun(
  root: string,
  { workflowId, pipeline, started }: RunUnderWay,
): Promise<void> {
  for (const { run, directory } of (await listRuns(root, pipeline)).toReversed()) {
    if (await readRun(root, directory) !== null) continue;
    const opened = await readOpenedRun(root, directory);
    if (opened.workflowId !== workflowId) continue;
    const { plan, build, rerun } = opened;
    const now = () => new Date();
    await closeRun({
      run,
      directory,
      base: "",
      plan,
      build,
      rerun,
      workflowId,
      status: "cancelled",
      error: null,
      stages: [],
      seconds: (now().getTime() - started.getTime()) / 1000,
    }, { root, now, signal: new AbortController().signal, onProgress: () => {} });
  }
}
