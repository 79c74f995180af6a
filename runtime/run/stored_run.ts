import { existsSync } from "node:fs";
import { join } from "node:path";
import { closeRun } from "../../activities/close_run.ts";
import { openRun } from "../../activities/run.ts";
import { findStage } from "../../activities/stages/stage.ts";
import type { OperationContext } from "../../activities/stages/operation.ts";
import type { RunSummary, StageResult, StageTask } from "../../activities/types.ts";
import { hasDecided } from "../../pipelines/decided.ts";
import type { PipelinePlan } from "../../pipelines/plan.ts";
import { SluiceError } from "../../core/errors.ts";
import type { RunnableRun } from "./run_options.ts";
import type { ProgressView } from "./progress.ts";
import { workflowIdOf } from "./run_identity.ts";

/** Place of the results. */
type Place = Pick<OperationContext, "root" | "bucket">;

/** Needs of a run that finds all of its results stored. */
export interface StoredRunOptions {
  /** The command that asked for it, for the report; absent if a program did. */
  readonly command?: string;
  readonly signal: AbortSignal;
  readonly onProgress: (view: ProgressView) => void;
}

/**
 * Completes a run whose every stage is stored: opens it, links its stages and writes its report.
 * There is nothing to compute and nothing to lose, so that it needs neither server nor worker.
 *
 * @returns The summary; null if something is to be computed, or is damaged: then a run has to fail
 */
export async function completeFromStore(
  { root, bucket, plan, build, changes }: Pick<
    RunnableRun,
    "root" | "bucket" | "plan" | "build" | "changes"
  >,
  { command, signal, onProgress }: StoredRunOptions,
): Promise<RunSummary | null> {
  const started = performance.now(), place = { root, ...(bucket && { bucket }) };
  const workflowId = workflowIdOf(plan, root, false);
  const stored = await findResults(plan, { owner: workflowId, build }, place);
  if (stored === null) return null;
  const { results, notNeeded } = stored;
  const firstExecutionRunId = crypto.randomUUID(); // no execution: each such run is one of its own
  const opened = await openRun({
    workflowId,
    firstExecutionRunId,
    plan,
    build,
    rerun: false,
    changes,
    ...(command === undefined ? {} : { command }),
  }, place);
  // Only here: it loads what a workflow runs in, and most runs have something to compute.
  const { StageStates } = await import("../../workflows/stage_states.ts");
  const states = new StageStates(plan.stages);
  for (const [name, result] of results) states.set(name, { state: "cached", result });
  for (const name of notNeeded) states.set(name, { state: "not needed" });
  onProgress({ run: opened, paused: false, live: {}, stages: states.all });
  return await closeRun({
    ...opened,
    plan,
    build,
    workflowId,
    rerun: false,
    status: "completed",
    error: null,
    stages: [...results.values()],
    ...(notNeeded.length === 0 ? {} : { notNeeded }),
    seconds: (performance.now() - started) / 1000,
  }, { ...place, signal, now: () => new Date(), onProgress: () => {} });
}

/** Finds the results of all stages that a run needs; null if one is not stored, or is damaged. */
async function findResults(
  plan: PipelinePlan,
  run: Pick<StageTask, "owner" | "build">,
  place: Place,
): Promise<
  | { readonly results: ReadonlyMap<string, StageResult>; readonly notNeeded: readonly string[] }
  | null
> {
  const results = new Map<string, StageResult>(), notNeeded: string[] = [];
  for (const stage of plan.stages) {
    const { name, commit, from, unless } = stage;
    const isDecided = unless !== undefined && hasDecided(results.get(unless) ?? null);
    if (isDecided || from.some((input) => notNeeded.includes(input))) {
      notNeeded.push(name);
      continue;
    }
    const { root, bucket } = place;
    if (bucket === undefined && !existsSync(join(root, commit, "commit.json"))) return null;
    const task = { ...run, directory: "", base: "", stage, inputs: [], inputStages: [] };
    const result = await findUndamaged(task, place);
    if (result === null) return null;
    results.set(name, result);
  }
  return { results, notNeeded };
}

/** Finds the result of a stage; null if there is none that can be used. */
async function findUndamaged(task: StageTask, place: Place): Promise<StageResult | null> {
  try {
    return await findStage(task, place);
  } catch (error) {
    if (error instanceof SluiceError) return null;
    throw error;
  }
}
