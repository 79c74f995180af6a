import {
  allHandlersFinished,
  CancellationScope,
  condition,
  isCancellation,
  setCurrentDetails,
  setHandler,
} from "@temporalio/workflow";
import type { StageResult } from "../activities/types.ts";
import type { LiveProgress } from "../activities/live_progress.ts";
import { replayedTime, secondsSince } from "./clock.ts";
import { isLiveProgress, requireInput, requireParent } from "./input_checks.ts";
import { pauseSignal, resumeSignal, stageProgressQuery, workSignal } from "./messages.ts";
import { ProgressReports } from "./progress_reports.ts";
import { threadActivities } from "./stage_activities.ts";
import { workText } from "./stage_table.ts";
import type { StageProgress, StageState, UnshardedStageInput } from "./types.ts";

/**
 * One stage that is a single activity. A pause cancels the activity, which saves a
 * checkpoint, and a resume starts it again from there.
 */
export async function unshardedStage(input: UnshardedStageInput): Promise<StageResult> {
  requireInput("unshardedStage", input);
  const { task, queues } = input;
  const { name, kind, work } = task.stage;
  const reports = new ProgressReports(requireParent());
  const { stages } = threadActivities(queues, work);
  let paused = false;
  let attempts = 0;
  let attempt: CancellationScope | null = null;
  let begun: number | null = null;
  let result: StageResult | null = null;
  let done: LiveProgress | null = null;
  const progress = (state: StageState): StageProgress => ({
    stage: name,
    kind,
    state,
    shardsDone: 0,
    shardsTotal: 0,
    candidates: 0,
    accepted: 0,
    steps: 0,
    successes: 0,
    reasons: {},
    ...(done === null ? {} : { work: done }),
    result,
  });
  const show = (state: StageState) =>
    setCurrentDetails(done === null ? state : `${state}: ${workText(done)}`);
  const report = (state: StageState) => {
    show(state);
    reports.tell(progress(state));
  };
  setHandler(
    stageProgressQuery,
    () => progress(result ? "completed" : paused ? "paused" : "running"),
  );
  setHandler(pauseSignal, () => {
    paused = true;
    attempt?.cancel();
  });
  setHandler(resumeSignal, () => void (paused = false));
  setHandler(workSignal, (work) => {
    if (!isLiveProgress(work)) return; // it came from no activity
    // An attempt that is made again begins at a checkpoint: it has not done less.
    done = { ...work, done: Math.max(work.done, done?.done ?? 0) };
    if (result === null && !paused) report("running");
  });

  while (result === null) {
    if (paused) report("paused");
    await condition(() => !paused);
    report("running");
    attempt = new CancellationScope();
    attempts++;
    begun ??= replayedTime();
    try {
      const committed = await attempt.run(() =>
        stages[kind]!.executeWithOptions({ summary: kind }, [task])
      );
      // What one attempt did from the beginning is told without its wait for a worker.
      const isWhole = committed.cached || (attempts === 1 && committed.resumedFrom === null);
      result = isWhole ? committed : { ...committed, seconds: secondsSince(begun) };
    } catch (error) {
      // A pause ends the attempt; anything else, a cancelled pipeline too, ends the stage.
      if (!isCancellation(error) || CancellationScope.current().consideredCancelled || !paused) {
        throw error;
      }
    }
  }
  await condition(allHandlersFinished); // one that was cancelled ends as such, though its work is done
  show("completed"); // to the pipeline, the result tells it
  return result;
}
