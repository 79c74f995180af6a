import {
  ApplicationFailure,
  CancellationScope,
  isCancellation,
  patched,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from "@temporalio/workflow";
import type { OpenedRun, RunError, RunSummary } from "../activities/types.ts";
import { divideStages } from "../pipelines/variants/stage_groups.ts";
import { replayedTime, secondsSince } from "./clock.ts";
import { domainError } from "../core/domain_error.ts";
import { GroupRuns } from "./group_runs.ts";
import { requireInput } from "./input_checks.ts";
import {
  groupReportSignal,
  pauseSignal,
  progressQuery,
  reportSignal,
  resumeSignal,
} from "./messages.ts";
import { searchAttributes } from "./search_attributes.ts";
import { briefActivities, threadActivities } from "./stage_activities.ts";
import { runName, StageRuns } from "./stage_runs.ts";
import { StageStates } from "./stage_states.ts";
import { stageTable } from "./stage_table.ts";
import type { PipelineInput, PipelineProgress } from "./types.ts";

/**
 * Interprets a plan: a stage starts when its inputs are committed, independent branches at the same
 * time, the stages of a chain together, many variants in groups. However it ends, the run is closed:
 * `run.json` and the report are written.
 */
export async function pipeline(input: PipelineInput): Promise<RunSummary> {
  requireInput("pipeline", input);
  const run = new PipelineRun(input);
  setHandler(progressQuery, () => run.progress());
  setHandler(reportSignal, (progress) => run.receive([progress]));
  setHandler(groupReportSignal, (stages) => run.receive(stages));
  setHandler(pauseSignal, () => run.pause(true));
  setHandler(resumeSignal, () => run.pause(false));
  return await run.execute();
}

class PipelineRun {
  readonly #input: PipelineInput;
  readonly #states: StageStates;
  #opened: OpenedRun | null = null;
  #stages: StageRuns | null = null;
  #groups: GroupRuns | null = null;
  #paused = false;
  #summary: RunSummary | null = null;

  constructor(input: PipelineInput) {
    this.#input = input;
    this.#states = new StageStates(input.plan.stages);
  }

  progress(): PipelineProgress {
    return {
      run: this.#opened,
      paused: this.#paused,
      stages: this.#groups?.isEmpty ?? true ? this.#states.all : this.#states.brief,
      groups: this.#groups?.running ?? [],
      summary: this.#groups?.isEmpty ?? true ? this.#summary : null,
    };
  }

  receive(stages: unknown): void {
    const received = Array.isArray(stages) && stages.map((stage) => this.#states.receive(stage));
    if (received && received.includes(true)) this.#tell();
  }

  /** Shows how the stages stand in the web UI. */
  #tell(): void {
    const stages = stageTable(this.#states.all);
    setCurrentDetails(this.#opened === null ? stages : `**${this.#name()}**\n\n${stages}`);
  }

  async pause(paused: boolean): Promise<void> {
    this.#paused = paused;
    await Promise.all([this.#stages?.pause(paused), this.#groups?.pause(paused)]);
  }

  async execute(): Promise<RunSummary> {
    const { workflowId, firstExecutionRunId } = workflowInfo();
    const { plan, build, rerun, command, changes, rootId, queues } = this.#input;
    const started = replayedTime();
    this.#opened = await briefActivities(queues).openRun({
      workflowId,
      firstExecutionRunId,
      plan,
      build,
      rerun,
      ...(command === undefined ? {} : { command }),
      ...(changes === undefined ? {} : { changes }),
      ...(rootId === undefined ? {} : { rootId }),
    });
    this.#tellNumber();
    let failure: unknown = null;
    try {
      await CancellationScope.cancellable(() => this.#executeStages());
    } catch (error) {
      failure = error;
    }
    const summary = await CancellationScope.nonCancellable(() => this.#close(failure, started));
    this.#summary = summary;
    if (failure !== null && isCancellation(failure)) throw failure;
    if (summary.error) {
      const { name, message, stage } = summary.error;
      throw ApplicationFailure.nonRetryable(message, name, { stage, summary });
    }
    return summary;
  }

  /** Makes the run findable by its number, which it has only now. */
  #tellNumber(): void {
    const { plan, searchAttributes: known } = this.#input;
    // Histories from before have no such step.
    if (!known || !patched("run-number")) return;
    const values = { pipeline: plan.name, run: this.#name(), digest: plan.digest };
    upsertSearchAttributes(searchAttributes(values, known).getAll());
  }

  /** Names the run for people, `reach-expert/3`. */
  #name(): string {
    return runName(this.#input.plan.name, this.#opened!); // execute() begins with it
  }

  /** All stages; the first failure cancels the others and is thrown when they have ended. */
  async #executeStages(): Promise<void> {
    const { plan, build, rootId, queues, window, searchAttributes } = this.#input;
    const { single, groups } = divideStages(plan.stages);
    const plans = new Map(plan.stages.map((stage) => [stage.name, stage]));
    const setup = {
      pipeline: plan.name,
      opened: this.#opened!, // execute() begins with it
      owner: workflowInfo().workflowId,
      build,
      ...(rootId === undefined ? {} : { rootId }),
      queues,
      window,
      searchAttributes,
      most: Infinity,
    };
    const stages = new StageRuns(setup, {
      onState: (stage, change) => {
        this.#states.set(stage, change);
        this.#tell();
      },
    }, plans);
    this.#stages = stages;
    this.#groups = new GroupRuns(setup, { plans, stages, states: this.#states });
    if (this.#paused) await this.pause(true);
    this.#groups.expect(groups);
    stages.begin(single);
    this.#groups.begin();
    await stages.end();
  }

  #close(failure: unknown, started: number): Promise<RunSummary> {
    const { plan, queues, build, rootId, rerun } = this.#input;
    const { workflowId, firstExecutionRunId } = workflowInfo();
    const cancelled = failure !== null && isCancellation(failure);
    const skipped = this.#states.all.filter(({ state }) => state === "not needed")
      .map(({ stage }) => stage);
    return threadActivities(queues, { resource: "simulate" }).named.closeRun({
      ...this.#opened!,
      plan,
      build,
      ...(rootId === undefined ? {} : { rootId }),
      rerun,
      workflowId,
      firstExecutionRunId,
      status: failure === null ? "completed" : cancelled ? "cancelled" : "failed",
      error: failure === null || cancelled ? null : this.#error(failure),
      stages: this.#states.all.flatMap(({ result }) => result === null ? [] : [result]),
      ...(skipped.length === 0 ? {} : { notNeeded: skipped }),
      seconds: secondsSince(started),
    });
  }

  #error(failure: unknown): RunError {
    const { name, message } = domainError(failure);
    return { stage: this.#stages?.failedStage ?? null, name, message };
  }
}
