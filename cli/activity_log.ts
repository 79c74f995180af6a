import type { Context } from "@temporalio/activity";
import type {
  ActivityExecuteInput,
  ActivityInboundCallsInterceptor,
  ActivityInterceptors,
} from "@temporalio/worker";
import { WORKER_STOPPED } from "../activities/mod.ts";
import { appendToRunLog, type LogEvent, logLine } from "./run_log.ts";

/** What the tasks of activities have in common, as far as a log shows it. */
interface LoggedTask {
  /** Of the run; the task that opens it has none. */
  readonly directory?: string;
  readonly stage?: { readonly name: string };
  readonly shard?: number;
}

/** What their results have in common, as far as a log shows it. */
interface LoggedResult {
  readonly directory?: string;
  readonly cached?: boolean;
  readonly candidates?: number;
  readonly accepted?: number;
  readonly digest?: string;
}

/** Makes a worker log each activity when it ends. @param root Absolute path of the data root */
export function activityLog(root: string): (context: Context) => ActivityInterceptors {
  return (context) => ({ inbound: new ActivityLogger(root, context) });
}

class ActivityLogger implements ActivityInboundCallsInterceptor {
  readonly #root: string;
  readonly #context: Context;

  constructor(root: string, context: Context) {
    this.#root = root;
    this.#context = context;
  }

  async execute(
    input: ActivityExecuteInput,
    next: (input: ActivityExecuteInput) => Promise<unknown>,
  ): Promise<unknown> {
    const task = (input.args[0] ?? {}) as LoggedTask; // see Activities: each takes one task
    const started = performance.now();
    const log = (outcome: Outcome, result: LoggedResult = {}) => {
      const seconds = Math.round(performance.now() - started) / 1000;
      this.#log(task, { ...outcome, seconds }, result);
    };
    try {
      const result = await next(input);
      log({ outcome: "done" }, (result ?? {}) as LoggedResult); // so too
      return result;
    } catch (error) {
      log(outcomeOf(error));
      throw error;
    }
  }

  #log(task: LoggedTask, outcome: Outcome & { readonly seconds: number }, result: LoggedResult) {
    const directory = task.directory ?? result.directory;
    if (directory === undefined) return;
    const { activityType, attempt } = this.#context.info;
    const { cached, candidates, accepted, digest } = result;
    const event: LogEvent = {
      event: "activity",
      activity: activityType,
      stage: task.stage?.name,
      shard: task.shard,
      ...outcome,
      attempt,
      cached,
      candidates,
      accepted,
      digest,
      pid: Deno.pid,
    };
    appendToRunLog(this.#root, { directory, writer: "work" }, [logLine(event)]);
  }
}

/** How an activity ended. */
interface Outcome {
  /** `stopped`: its worker drains, another goes on. */
  readonly outcome: "done" | "failed" | "cancelled" | "stopped";
  readonly error?: string;
  readonly message?: string;
}

function outcomeOf(error: unknown): Outcome {
  if (!(error instanceof Error)) return { outcome: "failed", message: String(error) };
  const { type } = error as { readonly type?: unknown }; // ApplicationFailure names the cause so
  if (error.name === "CancelledFailure") return { outcome: "cancelled" };
  if (type === WORKER_STOPPED) return { outcome: "stopped" };
  return { outcome: "failed", error: String(type ?? error.name), message: error.message };
}
