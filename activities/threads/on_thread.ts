import { ApplicationFailure, Context } from "@temporalio/activity";
import { ProgramError, StageBusyError, WORKER_STOPPED } from "../../core/errors.ts";
import { monotonicMs } from "../../core/monotonic.ts";
import { liveProgressOf } from "../live_progress.ts";
import { FailedAttempts } from "./attempts.ts";
import type { RunOptions } from "./thread_pool.ts";

/** Interval between two heartbeats: a stop reaches the thread with the next one (ms). */
const HEARTBEAT_INTERVAL = 1000;

/** Interval between two attempts to lock a stage that another run has locked. */
const BUSY_RETRY = "2 seconds";

/**
 * Runs an operation on a thread while this activity heartbeats and listens for cancellation.
 *
 * @param run Hands the operation to the pool
 * @param options Who takes the lines that programs of the operation write
 *
 * @throws {CancelledFailure} If the workflow cancelled the activity
 */
export async function runOnThread<Result>(
  run: (options: RunOptions) => Promise<Result>,
  { onOutput }: Pick<RunOptions, "onOutput"> = {},
): Promise<Result> {
  const context = Context.current();
  const { workflowExecution, activityId } = context.info;
  const activity = `${workflowExecution?.runId} ${activityId}`;
  const started = monotonicMs();
  let details: unknown = null;
  const tell = progressTeller(context);
  const beat = setInterval(() => context.heartbeat(details), HEARTBEAT_INTERVAL);
  try {
    const result = await run({
      signal: context.cancellationSignal,
      ...(onOutput === undefined ? {} : { onOutput }),
      onProgress: (progress) => {
        details = progress;
        tell(progress);
      },
    });
    FAILED.forget(activity);
    return result;
  } catch (error) {
    const failure = await activityFailure(error, context);
    // What another attempt may cure, or another run ends, and who stopped it: none counts.
    if (failure !== error) throw failure;
    const length = {
      reached: liveProgressOf(details)?.done ?? 0,
      seconds: (monotonicMs() - started) / 1000,
      ...(error instanceof ProgramError ? { most: PROGRAM_FAILURES } : {}),
    };
    throw FAILED.isLast(activity, length) ? lastFailure(error) : error;
  } finally {
    clearInterval(beat);
  }
}

/**
 * Number of times that an activity reports its progress to its workflow; each time adds to the
 * history.
 */
const TOLD = 10;

/**
 * Makes the function that reports the progress of an activity to its workflow, for people who look
 * at the web UI.
 */
function progressTeller(context: Context): (details: unknown) => void {
  const { info } = context;
  let told = 0;
  return (details) => {
    const work = liveProgressOf(details);
    const share = work === null ? 0 : Math.floor(TOLD * work.done / work.total);
    if (work === null || share <= told || info.workflowExecution === undefined) return;
    told = share;
    const { workflowId, runId } = info.workflowExecution;
    // Name of the signal: see workflows/messages.ts. Without an answer, nothing but a look is lost.
    context.client.workflow.getHandle(workflowId, runId).signal("work", work).catch(() => {});
  };
}

/** A program of the user's that fails as often in a row will fail again: it may take a minute each time. */
const PROGRAM_FAILURES = 3;

/** Failed attempts in this process. Another worker starts counting again. */
const FAILED = new FailedAttempts();

/** Returns the failure that ends an activity after attempts without progress. */
function lastFailure(error: unknown): ApplicationFailure {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  return ApplicationFailure.create({
    type: name,
    message: `${message} (the last of several attempts, none of which came further)`,
    nonRetryable: true,
  });
}

/** Converts an error of an operation to a failure for Temporal. */
async function activityFailure(error: unknown, context: Context): Promise<unknown> {
  if (error instanceof StageBusyError) {
    return ApplicationFailure.create({
      type: error.name,
      message: error.message,
      nextRetryDelay: BUSY_RETRY,
    });
  }
  if (!context.cancellationSignal.aborted) return withoutRetry(error);
  if (context.cancellationDetails?.cancelRequested) {
    return await context.cancelled.catch((cancelled) => cancelled);
  }
  // The worker drains: what the operation committed is where the next worker goes on.
  return ApplicationFailure.retryable("Stopped with its worker", WORKER_STOPPED);
}

/** Mistakes in code, ours or of a module of the user's: another attempt makes the same one. */
const MISTAKES: readonly string[] = ["TypeError", "RangeError", "ReferenceError", "SyntaxError"];

function withoutRetry(error: unknown): unknown {
  if (!(error instanceof Error) || !MISTAKES.includes(error.name)) return error;
  return ApplicationFailure.create({
    type: error.name,
    message: [error.message, ...firstFrame(error)].join(" "),
    nonRetryable: true,
  });
}

/**
 * Returns the location of an error, `at file:///….ts:12:5`: the user may have written that file.
 */
function firstFrame({ stack = "" }: Error): string[] {
  const place = /file:\/\/[^\s()]+:\d+:\d+/.exec(stack);
  return place === null ? [] : [`at ${place[0]}`];
}
