import { WorkflowExecutionAlreadyStartedError } from "@temporalio/common";
import {
  ApplicationFailure,
  CancellationScope,
  type ChildWorkflowHandle,
  condition,
  isCancellation,
  proxyActivities,
  setCurrentDetails,
  sleep,
  startChild,
  upsertMemo,
  workflowInfo,
} from "@temporalio/workflow";
import type { NightlyActivities, NightPlan } from "../activities/nightly_types.ts";
import type { RunSummary } from "../activities/types.ts";
import { PERMANENT_ERRORS } from "../core/errors.ts";
import { domainError } from "../core/domain_error.ts";
import { requireInput } from "./input_checks.ts";
import type { pipeline } from "./pipeline.ts";
import { NIGHT_PRIORITY, runOptions } from "./run_options.ts";
import type { NightlyInput, NightRecord } from "./types.ts";

const { planNight, takeOver } = proxyActivities<NightlyActivities>({
  startToCloseTimeout: "5 minutes",
  retry: {
    initialInterval: "1 second",
    maximumInterval: "1 minute",
    maximumAttempts: 20,
    nonRetryableErrorTypes: [...PERMANENT_ERRORS],
  },
});

/** Runs a stranger's command: a worker that dies meanwhile is the only reason to run it again. */
const { runFailureCommand } = proxyActivities<NightlyActivities>({
  startToCloseTimeout: "15 minutes",
  retry: { maximumAttempts: 3, nonRetryableErrorTypes: [...PERMANENT_ERRORS] },
});

/** Status of a failure command that could not be run, like a shell's for an unknown command. */
const COULD_NOT_RUN = 127;

/**
 * Workflow of one nightly run: it compiles the declaration with the current code and runs the
 * pipeline on that code's workers. Workers of any code execute this workflow, so it may change only
 * behind `patched()`; the stored history in `tests/replay` checks that.
 */
export async function nightly(input: NightlyInput): Promise<NightRecord> {
  requireInput("nightly", input);
  const night = new Night(input);
  try {
    return await night.execute();
  } catch (error) {
    if (isCancellation(error)) throw error;
    throw await CancellationScope.nonCancellable(() => night.fail(error));
  }
}

class Night {
  readonly #input: NightlyInput;
  #record: NightRecord = {
    date: null,
    seed: null,
    work: null,
    workflowId: null,
    directory: null,
    error: null,
    commandStatus: null,
  };

  constructor(input: NightlyInput) {
    this.#input = input;
  }

  async execute(): Promise<NightRecord> {
    const { declaration, mode, daily, timezone, checkInterval } = this.#input;
    for (;;) {
      const plan = await planNight({ declaration, mode, daily, timezone, nominal: nominalTime() });
      const { date, workflowId, input } = plan;
      const work = input.rerun ? "reproduced" : "computed";
      this.#note({ date, seed: input.plan.seed, work, workflowId });
      const run = await this.#start(plan);
      if (run === null) {
        // A person's run of the same work is under way, or left open: when it ends, ours is quick.
        await sleep(checkInterval);
        await takeOver({ workflowId });
        continue;
      }
      const summary = await CancellationScope.nonCancellable(() => this.#follow(run));
      if (summary !== null) return this.#note({ directory: summary.directory });
    }
  }

  /** Reports a failure by the failure command. @returns What the workflow ends with */
  async fail(error: unknown): Promise<ApplicationFailure> {
    const { schedule, declaration } = this.#input, { date } = this.#record;
    const { name, message, details } = domainError(error);
    const [failed] = details as readonly { readonly summary?: RunSummary }[]; // of workflows/pipeline.ts
    const directory = failed?.summary?.directory ?? null;
    this.#note({ directory, error: `${name}: ${message}` });
    const commandStatus = await runFailureCommand({
      schedule,
      pipeline: declaration.name,
      date,
      error: { name, message },
      directory,
    }).catch(() => COULD_NOT_RUN);
    return ApplicationFailure.nonRetryable(message, name, this.#note({ commandStatus }));
  }

  /** Starts the run, null if one of the same id is open. */
  async #start(
    { workflowId, taskQueue, input }: NightPlan,
  ): Promise<ChildWorkflowHandle<typeof pipeline> | null> {
    try {
      return await startChild<typeof pipeline>("pipeline", {
        workflowId,
        taskQueue,
        args: [input],
        ...runOptions(input),
        priority: NIGHT_PRIORITY,
        parentClosePolicy: "REQUEST_CANCEL",
        cancellationType: "WAIT_CANCELLATION_COMPLETED",
      });
    } catch (error) {
      if (error instanceof WorkflowExecutionAlreadyStartedError) return null;
      throw error;
    }
  }

  /** Waits for a run; null if newer code took it over, so that it must be started again. */
  async #follow(run: ChildWorkflowHandle<typeof pipeline>): Promise<RunSummary | null> {
    let ended = false;
    const result = run.result();
    result.then(() => ended = true, () => ended = true);
    while (!await condition(() => ended, this.#input.checkInterval)) {
      if (await takeOver({ workflowId: run.workflowId })) return null;
    }
    return await result;
  }

  /** Adds to the memo of this nightly run, for commands that list them. */
  #note(known: Partial<NightRecord>): NightRecord {
    this.#record = { ...this.#record, ...known };
    upsertMemo({ night: this.#record });
    const { date, work, workflowId, directory } = this.#record;
    setCurrentDetails(`${date ?? "night"}: ${work ?? ""} by ${workflowId} ${directory ?? ""}`);
    return this.#record;
  }
}

/** When this night was due; a night that is made up for, or late, keeps its date. */
function nominalTime(): string {
  const { searchAttributes, startTime } = workflowInfo();
  const [scheduled] = searchAttributes["TemporalScheduledStartTime"] ?? [];
  return (scheduled instanceof Date ? scheduled : startTime).toISOString();
}
