import {
  ApplicationFailure,
  CancellationScope,
  getExternalWorkflowHandle,
  isCancellation,
  patched,
  setCurrentDetails,
  setHandler,
  startChild,
  upsertSearchAttributes,
  workflowInfo,
} from "@temporalio/workflow";
import type {
  OpenedRun,
  RunError,
  RunSummary,
  StageResult,
  StageTask,
} from "../activities/types.ts";
import type { StagePlan } from "../pipelines/plan.ts";
import { replayedTime, secondsSince } from "./clock.ts";
import { domainError } from "./domain_error.ts";
import { isStageProgress, requireInput } from "./input_checks.ts";
import { pauseSignal, progressQuery, reportSignal, resumeSignal } from "./messages.ts";
import { WORKFLOW_TASK_TIMEOUT } from "./run_options.ts";
import { searchAttributes } from "./search_attributes.ts";
import { shardedStage } from "./sharded_stage.ts";
import { briefActivities, threadActivities } from "./stage_activities.ts";
import { stageTable } from "./stage_table.ts";
import type { PipelineInput, StageProgress, StageState } from "./types.ts";
import { wholeStage } from "./whole_stage.ts";

/**
 * Interprets a plan: a stage starts when its inputs are committed, independent branches at the same
 * time, the stages of a chain together. However it ends, the run is closed: `run.json` and the
 * report are written.
 */
export async function pipeline(input: PipelineInput): Promise<RunSummary> {
  requireInput("pipeline", input);
  const run = new PipelineRun(input);
  setHandler(progressQuery, () => run.progress());
  setHandler(reportSignal, (progress) => run.receive(progress));
  setHandler(pauseSignal, () => run.pause(true));
  setHandler(resumeSignal, () => run.pause(false));
  return await run.execute();
}

class PipelineRun {
  readonly #input: PipelineInput;
  readonly #stages: Map<string, StageProgress>;
  readonly #plans: Map<string, StagePlan>;
  readonly #results = new Map<string, Promise<StageResult>>();
  readonly #running = new Set<string>();
  #opened: OpenedRun | null = null;
  #paused = false;
  #failedStage: string | null = null;
  #summary: RunSummary | null = null;

  constructor(input: PipelineInput) {
    this.#input = input;
    this.#plans = new Map(input.plan.stages.map((stage) => [stage.name, stage]));
    this.#stages = new Map(input.plan.stages.map((stage) => [stage.name, notBegun(stage)]));
  }

  progress() {
    const stages = [...this.#stages.values()];
    return { run: this.#opened, paused: this.#paused, stages, summary: this.#summary };
  }

  /** Takes over what a stage says of itself, but for its result: that is what its workflow returns. */
  receive(progress: StageProgress): void {
    const known = isStageProgress(progress) ? this.#stages.get(progress.stage) : undefined;
    if (known === undefined || known.kind !== progress.kind) return;
    const state = progress.state === "completed" ? known.state : progress.state;
    this.enter({ ...progress, state, result: known.result });
  }

  enter(progress: StageProgress): void {
    this.#stages.set(progress.stage, progress);
    const stages = stageTable([...this.#stages.values()]);
    setCurrentDetails(this.#opened === null ? stages : `**${this.#name()}**\n\n${stages}`);
  }

  async pause(paused: boolean): Promise<void> {
    this.#paused = paused;
    const signal = paused ? pauseSignal : resumeSignal;
    const handles = [...this.#running].map((name) =>
      getExternalWorkflowHandle(this.#childId(name))
    );
    await Promise.allSettled(handles.map((handle) => handle.signal(signal)));
  }

  async execute(): Promise<RunSummary> {
    const { workflowId, firstExecutionRunId } = workflowInfo();
    const { plan, build, rerun, command, changes, queues } = this.#input;
    const started = replayedTime();
    this.#opened = await briefActivities(queues).openRun({
      workflowId,
      firstExecutionRunId,
      plan,
      build,
      rerun,
      ...(command === undefined ? {} : { command }),
      ...(changes === undefined ? {} : { changes }),
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

  /** Lets the run be found by its number, which it has only now. */
  #tellNumber(): void {
    const { plan, searchAttributes: known } = this.#input;
    // Histories from before have no such step.
    if (!known || !patched("run-number")) return;
    const values = { pipeline: plan.name, run: this.#name(), digest: plan.digest };
    upsertSearchAttributes(searchAttributes(values, known).getAll());
  }

  /** The run as a person names it, `reach-expert/3`. */
  #name(): string {
    return `${this.#input.plan.name}/${this.#opened!.run}`; // execute() begins with it
  }

  /** All stages; the first failure cancels the others and is thrown when they have ended. */
  async #executeStages(): Promise<void> {
    const scope = CancellationScope.current();
    for (const stage of this.#input.plan.stages) {
      if (this.#results.has(stage.name)) continue;
      const members = this.#chainOf(stage);
      const chain = this.#executeChain(members);
      for (const { name } of members) {
        this.#results.set(name, chain.then((results) => results.get(name)!));
      }
    }
    const all = [...this.#results.values()];
    try {
      await Promise.all(all);
    } catch (error) {
      scope.cancel();
      await Promise.allSettled(all);
      throw error;
    }
  }

  /** The stages that advance with a stage: its chain, or itself. */
  #chainOf(stage: StagePlan): StagePlan[] {
    const next = stage.chain?.next ?? null;
    return next === null ? [stage] : [stage, ...this.#chainOf(this.#plans.get(next)!)];
  }

  /** Carries out one chain, or one stage behind chains, once its inputs are there. */
  async #executeChain(members: readonly StagePlan[]): Promise<Map<string, StageResult>> {
    const inside = new Set(members.map(({ name }) => name));
    const outer = members[0]!.from.filter((name) => !inside.has(name));
    const inputs = await Promise.all(outer.map((name) => this.#results.get(name)!));
    const tasks = members.map((stage, i) => this.#task(stage, i === 0 ? inputs : []));
    const stored = await Promise.all(
      tasks.map((task) => briefActivities(this.#input.queues).findStage(task)),
    );
    if (stored.every((result) => result !== null)) {
      for (const result of stored) this.#enterCached(result);
      return new Map(stored.map((result) => [result.stage, result]));
    }
    // Last first: whom a stage signals is there before it.
    const started = new Map<string, Promise<StageResult>>();
    for (const task of tasks.toReversed()) {
      started.set(task.stage.name, (await this.#start(task, members)).result);
    }
    const results = await Promise.all(started.values());
    return new Map(results.map((result) => [result.stage, result]));
  }

  #task(stage: StagePlan, inputs: readonly StageResult[]): StageTask {
    const { directory, base } = this.#opened!; // execute() begins with it
    return {
      directory,
      base,
      stage,
      inputs,
      inputStages: stage.from.map((name) => this.#plans.get(name)!),
      owner: workflowInfo().workflowId,
      build: this.#input.build,
    };
  }

  /** Starts the workflow of a stage. In an object, because a promise would be waited for. */
  async #start(
    task: StageTask,
    members: readonly StagePlan[],
  ): Promise<{ readonly result: Promise<StageResult> }> {
    const { plan, queues, window, searchAttributes: known } = this.#input;
    const { name, kind, key, chain, work } = task.stage;
    const options = {
      workflowId: this.#childId(name),
      staticSummary: `${kind} ${name} of ${this.#name()}`,
      typedSearchAttributes: searchAttributes(
        { pipeline: plan.name, run: this.#name(), stage: name, digest: key },
        known,
      ),
      cancellationType: "WAIT_CANCELLATION_COMPLETED",
      workflowExecutionTimeout: "60 days",
      workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT,
    } as const;
    const common = { task, queues, searchAttributes: known };
    const upstream = chain?.next === null
      ? members.map(({ name }) => name).filter((other) => other !== name)
      : [];
    const handle = work.shape === "whole"
      ? await startChild(wholeStage, { ...options, args: [common] })
      : await startChild(shardedStage, { ...options, args: [{ ...common, window, upstream }] });
    this.#running.add(name);
    if (this.#paused) await handle.signal(pauseSignal);
    return { result: this.#follow(name, handle.result()) };
  }

  async #follow(name: string, result: Promise<StageResult>): Promise<StageResult> {
    try {
      const committed = await result;
      this.enter({ ...this.#stages.get(name)!, state: "completed", result: committed });
      return committed;
    } catch (error) {
      const cancelled = isCancellation(error);
      if (!cancelled) this.#failedStage ??= name;
      this.enter({ ...this.#stages.get(name)!, state: cancelled ? "cancelled" : "failed" });
      throw error;
    } finally {
      this.#running.delete(name);
    }
  }

  #enterCached(result: StageResult): void {
    this.enter({ ...this.#stages.get(result.stage)!, state: "cached", result });
  }

  #close(failure: unknown, started: number): Promise<RunSummary> {
    const { plan, queues, build, rerun } = this.#input;
    const cancelled = failure !== null && isCancellation(failure);
    return threadActivities(queues, { resource: "simulate" }).named.closeRun({
      ...this.#opened!,
      plan,
      build,
      rerun,
      workflowId: workflowInfo().workflowId,
      status: failure === null ? "completed" : cancelled ? "cancelled" : "failed",
      error: failure === null || cancelled ? null : this.#error(failure),
      stages: [...this.#stages.values()].flatMap(({ result }) => result === null ? [] : [result]),
      seconds: secondsSince(started),
    });
  }

  #error(failure: unknown): RunError {
    const { name, message } = domainError(failure);
    return { stage: this.#failedStage, name, message };
  }

  #childId(stage: string): string {
    return `${workflowInfo().workflowId}/${stage}`;
  }
}

function notBegun({ name, kind, chain, shards }: StagePlan): StageProgress {
  const state: StageState = "waiting";
  const shardsTotal = shards ?? (chain ? Math.ceil(chain.target / chain.shard) : 0);
  return {
    stage: name,
    kind,
    state,
    shardsDone: 0,
    shardsTotal,
    candidates: 0,
    accepted: 0,
    steps: 0,
    successes: 0,
    reasons: {},
    result: null,
  };
}
