import { closeRun } from "../../activities/close_run.ts";
import { readOpenedRun } from "../../activities/run.ts";
import { listRuns, readRun } from "../../store/mod.ts";
import type { DataRoot } from "../data/data_root.ts";
import { appendToRunLog, logLine, runOf } from "./run_log.ts";
import type { RunUnderWay } from "./runs_under_way.ts";

/**
 * Records in the directory of a run that it was cancelled, in place of a worker of its code. It
 * does not list what the stages had committed: only that code knows where it is.
 */
export async function closeCancelledRun(
  { root, bucket }: DataRoot,
  { workflowId, pipeline, started }: RunUnderWay,
): Promise<void> {
  for (const { run, directory } of (await listRuns(root, pipeline)).toReversed()) {
    if (await readRun(root, directory) !== null) continue;
    const opened = await readOpenedRun(root, directory);
    if (opened.workflowId !== workflowId) continue;
    const { plan, build, rerun } = opened;
    const now = () => new Date();
    const seconds = (now().getTime() - started.getTime()) / 1000;
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
      seconds,
    }, {
      root,
      ...(bucket && { bucket }),
      now,
      signal: new AbortController().signal,
      onProgress: () => {},
    });
    const line = logLine({ run: runOf(directory), event: "run", outcome: "cancelled", seconds });
    appendToRunLog(root, { directory, writer: "progress" }, [line]);
  }
}
