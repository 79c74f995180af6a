import { hostname } from "node:os";
import { ApplicationFailure, Context } from "@temporalio/activity";
import {
  HANDED_ON,
  ProgramError,
  QuarantinedShardError,
  StageBusyError,
  StalledShardError,
  StoreAccessError,
  TransientStoreError,
  WORKER_STOPPED,
} from "../../core/errors.ts";
import { monotonicMs } from "../../core/monotonic.ts";
import { liveProgressOf } from "../live_progress.ts";
import {
  type AttemptMemory,
  memoryIn,
  MOST_DEATHS,
  MOST_PASSES,
  otherHosts,
  SUSPECT_DEATHS,
  Turnstile,
  withMemory,
} from "./attempt_memory.ts";
import { FailedAttempts } from "./attempts.ts";
import type { RunOptions } from "./thread_pool.ts";

/** Interval between two heartbeats: a stop reaches the thread with the next one (ms). */
const HEARTBEAT_INTERVAL = 1000;

/** Interval between two attempts to lock a stage that another run has locked. */
const BUSY_RETRY = "2 seconds";

/** Interval between two tries to hand an activity on to another machine. */
const HAND_ON_RETRY = "1 second";

/** Setting of {@linkcode runOnThread}. */
export interface ActivitySetting extends Pick<RunOptions, "onOutput" | "onProgress"> {
  /** Name of the shard that the operation computes, for people; absent if it computes none. */
  readonly shard?: string;
  /** Tells the machines whose workers take such activities; this one alone if absent. */
  readonly hosts?: () => Promise<readonly string[]>;
}

/**
 * Runs an operation on a thread while this activity heartbeats and listens for cancellation.
 *
 * @param run Hands the operation to the pool
 *
 * @throws {CancelledFailure} If the workflow cancelled the activity
 * @throws {ApplicationFailure} Of type `QuarantinedShardError`, if earlier attempts at the shard ended
 *   their workers
 */
export async function runOnThread<Result>(
  run: (options: RunOptions) => Promise<Result>,
  setting: ActivitySetting = {},
): Promise<Result> {
  const context = Context.current(), { onOutput } = setting, started = monotonicMs();
  const activity = `${context.info.workflowExecution?.runId} ${context.info.activityId}`;
  const before = memoryIn(context.info.heartbeatDetails);
  let details: unknown = null, memory = before;
  const tell = progressTeller(context, setting);
  const send = () => context.heartbeat(withMemory(details, memory));
  const beat = setInterval(send, HEARTBEAT_INTERVAL);
  const remember: Remember = (changes) => {
    memory = { ...memory, ...changes };
    send();
  };
  let leave = () => {};
  try {
    leave = await beginAttempt(before, setting, remember);
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
    remember({ deaths: before.deaths }); // this attempt tells how it ended
    if (error instanceof ApplicationFailure) throw error; // handed on, or quarantined
    const failure = await activityFailure(error, context);
    // What another attempt may cure, or another run ends, and who stopped it: none counts.
    if (failure !== error) throw failure;
    const elsewhere = await failureForOthers(error, memory, setting);
    if (elsewhere !== null) {
      remember({ hosts: [...memory.hosts, hostname()] });
      throw elsewhere;
    }
    const length = {
      reached: liveProgressOf(details)?.done ?? 0,
      seconds: (monotonicMs() - started) / 1000,
      ...mostFailures(error),
    };
    throw FAILED.isLast(activity, length) ? lastFailure(error) : error;
  } finally {
    clearInterval(beat);
    leave();
  }
}

/** Changes what the next attempt will know. */
type Remember = (changes: Partial<AttemptMemory>) => void;

/** Decides whether an attempt is made here and now. @returns What ends it */
async function beginAttempt(
  before: AttemptMemory,
  setting: ActivitySetting,
  remember: Remember,
): Promise<() => void> {
  const { shard } = setting;
  if (shard !== undefined) requireHarmless(shard, before);
  await handOn(before, setting, remember);
  const leave = before.deaths < SUSPECT_DEATHS ? () => {} : await SUSPECTS.enter();
  if (shard !== undefined) remember({ deaths: before.deaths + 1 });
  return leave;
}

/** Shards that may have ended their workers compute one after another: then it shows which did. */
const SUSPECTS = new Turnstile();

/**
 * Requires that a shard did not end its worker too often.
 *
 * @throws {ApplicationFailure} Of type `QuarantinedShardError`, with what happened as its details, for
 *   a chain that goes on without the shard
 */
function requireHarmless(shard: string, { deaths }: AttemptMemory): void {
  if (deaths < MOST_DEATHS) return;
  const happened = `${deaths} workers died of it`;
  const { name, message } = new QuarantinedShardError({
    action: "compute",
    place: shard,
    expected: "a worker that survives it",
    found: `that ${happened}`,
    remedy: "give the workers more memory, or look for what ends the process in the policy or " +
      "environment of a module; what is committed stays",
  });
  throw ApplicationFailure.create({
    type: name,
    message,
    nonRetryable: true,
    details: [happened],
  });
}

/** Hands an activity on if the store of this machine failed at it and another machine may take it. */
async function handOn(
  { hosts: failed, passes }: AttemptMemory,
  { hosts }: ActivitySetting,
  remember: Remember,
): Promise<void> {
  if (hosts === undefined || passes >= MOST_PASSES || !failed.includes(hostname())) return;
  if (otherHosts({ hosts: failed }, hostname(), await hosts()).length === 0) return;
  remember({ passes: passes + 1 });
  throw ApplicationFailure.create({
    type: HANDED_ON,
    message: "Left to another machine, because the store of this one failed",
    nextRetryDelay: HAND_ON_RETRY,
  });
}

/** Returns the failure by which another machine gets an activity, null if there is none to get it. */
async function failureForOthers(
  error: unknown,
  memory: AttemptMemory,
  { hosts }: ActivitySetting,
): Promise<ApplicationFailure | null> {
  const isStore = error instanceof StoreAccessError || error instanceof TransientStoreError;
  if (!isStore || hosts === undefined) return null;
  if (otherHosts(memory, hostname(), await hosts()).length === 0) return null;
  return ApplicationFailure.create({
    type: TransientStoreError.name,
    message: `${error.message} (on ${hostname()}; another machine tries)`,
    nextRetryDelay: HAND_ON_RETRY,
  });
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
function progressTeller(
  context: Context,
  { onProgress }: ActivitySetting,
): (details: unknown) => void {
  const { info } = context;
  let told = 0;
  return (details) => {
    onProgress?.(details);
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

/** An endless loop is one again: the second time tells it from a disk that hung. */
const STALLS = 2;

function mostFailures(error: unknown): { readonly most?: number } {
  if (error instanceof ProgramError) return { most: PROGRAM_FAILURES };
  return error instanceof StalledShardError ? { most: STALLS } : {};
}

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
