import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Context } from "@temporalio/activity";
import type {
  ActivityExecuteInput,
  ActivityInboundCallsInterceptor,
  ActivityInterceptors,
} from "@temporalio/worker";
import { WORKER_STOPPED } from "../../core/errors.ts";
import { visibleText } from "../../core/visible_text.ts";
import type { ProgramOutput } from "../../activities/mod.ts";
import type { RunError, RunSummary } from "../../activities/types.ts";
import { runAt } from "../../pipelines/places.ts";
import { appendToRunLog, type LogEvent, logLine, runOf } from "../run/run_log.ts";

/** Common part of the tasks of activities that a log shows. */
export interface LoggedTask {
  /** Directory of the run; absent for the task that opens it. */
  readonly directory?: string;
  readonly stage?: { readonly name: string; readonly kind?: string };
  readonly shard?: number;
}

/** Common part of their results that a log shows. */
export interface LoggedResult {
  readonly directory?: string;
  readonly cached?: boolean;
  readonly candidates?: number;
  readonly accepted?: number;
  readonly steps?: number;
  readonly digest?: string;
  /** Directory of a committed stage, relative to the data root. */
  readonly path?: string;
  /** Pipeline of a run that was closed. */
  readonly pipeline?: string;
  /** Status of a run that was closed. */
  readonly status?: RunSummary["status"];
  readonly seconds?: number;
  readonly error?: RunError;
}

/**
 * Makes a worker log what it did for the stages of runs, and how runs ended.
 *
 * @param root Absolute path of the data root
 * @param onLogged Called with the directory of a run for which something was logged
 */
export function activityLog(
  root: string,
  onLogged: (directory: string) => void = () => {},
): (context: Context) => ActivityInterceptors {
  return (context) => ({ inbound: new ActivityLogger(root, context, onLogged) });
}

/**
 * Makes a worker log what programs of stages write.
 *
 * @param root Absolute path of the data root
 */
export function outputLog(root: string): (task: LoggedOutput, output: ProgramOutput) => void {
  return ({ directory, stage, shard }, { line, source }) => {
    const event = { event: "output", stage: stage.name, shard, source, message: visibleText(line) };
    const text = logLine({ run: runOf(directory), ...event, pid: Deno.pid });
    appendToRunLog(root, { directory, writer: "work" }, [text]);
  };
}

/** A task of which a program writes. */
interface LoggedOutput {
  readonly directory: string;
  readonly stage: { readonly name: string };
  readonly shard?: number;
}

class ActivityLogger implements ActivityInboundCallsInterceptor {
  readonly #root: string;
  readonly #context: Context;
  readonly #onLogged: (directory: string) => void;

  constructor(root: string, context: Context, onLogged: (directory: string) => void) {
    this.#onLogged = onLogged;
    this.#root = root;
    this.#context = context;
  }

  async execute(
    input: ActivityExecuteInput,
    next: (input: ActivityExecuteInput) => Promise<unknown>,
  ): Promise<unknown> {
    const task = loggedTask(input.args[0]);
    const started = performance.now();
    const log = (outcome: Outcome, result: LoggedResult | null) => {
      const directory = task.directory ?? result?.directory;
      const { activityType: activity, attempt } = this.#context.info;
      const seconds = Math.round(performance.now() - started) / 1000;
      const event = workEvent({ activity, attempt, task, seconds }, outcome, result);
      if (directory === undefined || event === null) return;
      // Whoever reaches the server names runs; those that are there have a log.
      if (!existsSync(join(this.#root, directory))) return;
      const line = logLine({ run: runOf(directory), ...event, pid: Deno.pid });
      appendToRunLog(this.#root, { directory, writer: "work" }, [line]);
      this.#onLogged(directory);
    };
    try {
      const result = await next(input);
      log({ outcome: "done" }, loggedResult(result));
      return result;
    } catch (error) {
      log(outcomeOf(error), null);
      throw error;
    }
  }
}

/** Reads the part of a result that a log shows: activities are ours, so it has these types. */
export function loggedResult(result: unknown): LoggedResult | null {
  return result as LoggedResult | null;
}

/** Reads the part of a task that a log shows. The activity itself checks its input later. */
export function loggedTask(task: unknown): LoggedTask {
  if (task === null || typeof task !== "object") return {};
  const { directory, stage, shard }: { directory?: unknown; stage?: unknown; shard?: unknown } =
    task;
  const { name, kind }: { name?: unknown; kind?: unknown } =
    stage !== null && typeof stage === "object" ? stage : {};
  return {
    ...(typeof directory === "string" && runAt(directory) !== null ? { directory } : {}),
    ...(typeof name === "string"
      ? { stage: { name, ...(typeof kind === "string" ? { kind } : {}) } }
      : {}),
    ...(typeof shard === "number" ? { shard } : {}),
  };
}

/** Activities that only look: what they find is told elsewhere. */
const LOOKS: readonly string[] = ["findShards", "countSlots"];

/** An activity that has ended. */
interface EndedActivity {
  readonly activity: string;
  readonly attempt: number;
  readonly task: LoggedTask;
  /** Duration (s). */
  readonly seconds: number;
}

/**
 * Converts an activity to an event for people: work on a shard or a stage of theirs, or the start
 * and the end of a run; null if it only looked.
 */
export function workEvent(
  { activity, attempt, task, seconds }: EndedActivity,
  outcome: Outcome,
  result: LoggedResult | null,
): LogEvent | null {
  const failed = outcome.outcome !== "done";
  const again = attempt === 1 ? {} : { attempt };
  if (task.stage === undefined) {
    const { status, error } = result ?? {};
    if (failed) return { event: "run", ...outcome, seconds, ...again };
    if (status === undefined) return { event: "run", outcome: "begun" };
    return {
      event: "run",
      stage: error?.stage ?? undefined,
      outcome: status,
      ...(error === undefined ? {} : { error: error.name, message: error.message }),
      seconds: result?.seconds,
    };
  }
  // A look at what is stored says something only where there is something.
  if (activity === "findStage" && result === null && !failed) return null;
  if (LOOKS.includes(activity) && !failed) return null;
  return {
    event: task.shard === undefined ? "stage" : "shard",
    stage: task.stage.name,
    shard: task.shard,
    ...outcome,
    ...(failed ? {} : { outcome: outcomeOfWork(task, result ?? {}) }),
    ...(result?.cached ? {} : { seconds }),
    ...again,
    candidates: result?.candidates,
    accepted: result?.accepted,
    digest: result?.digest,
  };
}

function outcomeOfWork({ shard }: LoggedTask, { cached }: LoggedResult): string {
  return cached ? "cached" : shard === undefined ? "committed" : "done";
}

/** Outcome of an activity. */
export interface Outcome {
  /** Outcome; `stopped` means that its worker drains and another continues. */
  readonly outcome: "done" | "failed" | "cancelled" | "stopped";
  readonly error?: string;
  readonly message?: string;
}

export function outcomeOf(error: unknown): Outcome {
  if (!(error instanceof Error)) return { outcome: "failed", message: String(error) };
  const type = "type" in error ? error.type : undefined; // ApplicationFailure names the cause so
  if (error.name === "CancelledFailure") return { outcome: "cancelled" };
  if (type === WORKER_STOPPED) return { outcome: "stopped" };
  return { outcome: "failed", error: String(type ?? error.name), message: error.message };
}
