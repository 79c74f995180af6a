import {
  ApplicationFailure,
  CancellationScope,
  condition,
  getExternalWorkflowHandle,
  isCancellation,
  startChild,
  workflowInfo,
} from "@temporalio/workflow";
import type { OpenedRun, StageResult, StageTask } from "../activities/types.ts";
import { hasDecided } from "../pipelines/decided.ts";
import type { StagePlan } from "../pipelines/plan.ts";
import { pauseSignal, resumeSignal } from "./messages.ts";
import { WORKFLOW_TASK_TIMEOUT } from "./run_options.ts";
import { searchAttributes } from "./search_attributes.ts";
import { shardedStage } from "./sharded_stage.ts";
import { briefActivities } from "./stage_activities.ts";
import type { StageProgress, StageRunsSetup } from "./types.ts";
import { SignalOrder } from "./signal_order.ts";
import { unshardedStage } from "./unsharded_stage.ts";

/** Listener for the states of stages. */
export interface StageRunsListener {
  /** Receives the state of a stage, as far as the workflow that executes it knows. */
  onState(stage: string, change: Pick<StageProgress, "state" | "result">): void;
}

/**
 * Carries out stages: each starts when its inputs are committed, independent ones at the same time,
 * the stages of a chain together.
 */
export class StageRuns {
  readonly #setup: StageRunsSetup;
  readonly #listener: StageRunsListener;
  readonly #plans: ReadonlyMap<string, StagePlan>;
  /** Results by stage; null if a stage is not needed. */
  readonly #results: Map<string, Promise<StageResult | null>>;
  readonly #running = new Set<string>();
  #underWay = 0;
  #paused = false;
  readonly #order = new SignalOrder();
  #failedStage: string | null = null;

  /**
   * @param plans Of the stages and of their inputs, by name
   * @param results Results of inputs that others execute, by name
   */
  constructor(
    setup: StageRunsSetup,
    listener: StageRunsListener,
    plans: ReadonlyMap<string, StagePlan>,
    results: ReadonlyMap<string, Promise<StageResult>> = new Map(),
  ) {
    this.#setup = setup;
    this.#listener = listener;
    this.#plans = plans;
    this.#results = new Map(results);
  }

  /** The stage that failed first, null where none did. */
  get failedStage(): string | null {
    return this.#failedStage;
  }

  /** The result of a stage that has been begun. */
  resultOf(name: string): Promise<StageResult | null> | undefined {
    return this.#results.get(name);
  }

  /** Results that something else will give. */
  expect(name: string, result: Promise<StageResult>): void {
    this.#results.set(name, result);
  }

  /** Reports the failure of a stage that something else executes. */
  fail(stage: string): void {
    this.#failedStage ??= stage;
  }

  /** Begins stages whose inputs are begun. */
  begin(stages: readonly StagePlan[]): void {
    for (const stage of stages) {
      if (this.#results.has(stage.name)) continue;
      const members = this.#chainOf(stage);
      const chain = this.#executeChain(members);
      for (const { name } of members) {
        this.#results.set(name, chain.then((results) => results.get(name) ?? null));
      }
    }
  }

  /** Waits for all that was begun; the first failure cancels the others and is thrown at their end. */
  async end(): Promise<void> {
    const scope = CancellationScope.current();
    const all = [...this.#results.values()];
    try {
      await Promise.all(all);
    } catch (error) {
      scope.cancel();
      await Promise.allSettled(all);
      throw error;
    }
  }

  async pause(paused: boolean): Promise<void> {
    this.#paused = paused;
    await this.#order.send(() => {
      const signal = this.#paused ? pauseSignal : resumeSignal; // it may have changed meanwhile
      const handles = [...this.#running].map((name) => getExternalWorkflowHandle(childId(name)));
      return Promise.allSettled(handles.map((handle) => handle.signal(signal)));
    });
  }

  /** The stages that advance with a stage: its chain, or itself. */
  #chainOf(stage: StagePlan): StagePlan[] {
    const next = stage.chain?.next ?? null;
    return next === null ? [stage] : [stage, ...this.#chainOf(this.#plans.get(next)!)];
  }

  /** Carries out one chain, or one stage behind chains, if it is needed and its inputs are there. */
  async #executeChain(members: readonly StagePlan[]): Promise<Map<string, StageResult>> {
    const { unless } = members[0]!;
    // The plan has the look in front.
    if (unless !== undefined && hasDecided(await this.#results.get(unless)!)) {
      return this.#leaveOut(members);
    }
    const inside = new Set(members.map(({ name }) => name));
    const outer = members[0]!.from.filter((name) => !inside.has(name));
    const found = await Promise.all(outer.map((name) => this.#results.get(name)!));
    const inputs = found.filter((result) => result !== null);
    if (inputs.length < found.length) return this.#leaveOut(members);
    // Again after each wait: another may have taken the place.
    while (this.#underWay >= this.#setup.most) {
      await condition(() => this.#underWay < this.#setup.most);
    }
    this.#underWay++;
    try {
      return await this.#executeMembers(members, inputs);
    } finally {
      this.#underWay--;
    }
  }

  /** Records that stages need not run. */
  #leaveOut(members: readonly StagePlan[]): Map<string, StageResult> {
    for (const { name } of members) {
      this.#listener.onState(name, { state: "not needed", result: null });
    }
    return new Map();
  }

  async #executeMembers(
    members: readonly StagePlan[],
    inputs: readonly StageResult[],
  ): Promise<Map<string, StageResult>> {
    const tasks = members.map((stage, i) => this.#task(stage, i === 0 ? inputs : []));
    const stored = await Promise.all(
      tasks.map((task) => briefActivities(this.#setup.queues).findStage(task)),
    );
    if (stored.every((result) => result !== null)) {
      for (const result of stored) {
        this.#listener.onState(result.stage, { state: "cached", result });
      }
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
    const { opened: { directory, base }, owner, build, rootId } = this.#setup;
    return {
      directory,
      base,
      stage,
      inputs,
      inputStages: stage.from.map((name) => this.#plans.get(name)!),
      owner,
      build,
      ...(rootId === undefined ? {} : { rootId }),
    };
  }

  /** Starts the workflow of a stage. In an object, because a promise would be waited for. */
  async #start(
    task: StageTask,
    members: readonly StagePlan[],
  ): Promise<{ readonly result: Promise<StageResult> }> {
    const { pipeline, opened, queues, window, searchAttributes: known } = this.#setup;
    const { name, kind, key, chain, work } = task.stage;
    const run = runName(pipeline, opened);
    const options = {
      workflowId: childId(name),
      staticSummary: `${kind} ${name} of ${run}`,
      typedSearchAttributes: searchAttributes({ pipeline, run, stage: name, digest: key }, known),
      cancellationType: "WAIT_CANCELLATION_COMPLETED",
      workflowExecutionTimeout: "60 days",
      workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT,
    } as const;
    const common = { task, queues, searchAttributes: known };
    const upstream = chain?.next === null
      ? members.map(({ name }) => name).filter((other) => other !== name)
      : [];
    // Those that begin later find more of them; the first one has the slots for itself until then.
    const shared = this.#underWay > 1 ? { rivals: this.#underWay } : {};
    const sharded = { ...common, ...shared, window, upstream };
    const handle = work.shape === "whole"
      ? await startChild(unshardedStage, { ...options, args: [common] })
      : await startChild(shardedStage, { ...options, args: [sharded] });
    this.#running.add(name);
    if (this.#paused) await this.#order.send(() => pauseChild(handle, () => this.#paused));
    return { result: this.#follow(name, handle.result()) };
  }

  async #follow(name: string, result: Promise<StageResult>): Promise<StageResult> {
    try {
      const committed = await result;
      this.#listener.onState(name, { state: "completed", result: committed });
      return committed;
    } catch (error) {
      const cancelled = isCancellation(error);
      if (!cancelled) this.#failedStage ??= name;
      this.#listener.onState(name, { state: cancelled ? "cancelled" : "failed", result: null });
      throw error;
    } finally {
      this.#running.delete(name);
    }
  }
}

/** Pauses a child that has just started; one that has ended or was resumed already needs no pause. */
export async function pauseChild(
  handle: { signal(signal: typeof pauseSignal): Promise<void> },
  isPaused: () => boolean,
): Promise<void> {
  if (!isPaused()) return;
  try {
    await handle.signal(pauseSignal);
  } catch (error) {
    if (!(error instanceof ApplicationFailure)) throw error;
  }
}

/** Id of the workflow of a stage, or of a group of them, that this one starts. */
export function childId(name: string): string {
  return `${workflowInfo().workflowId}/${name}`;
}

/** A run as a person names it, `reach-expert/3`. */
export function runName(pipeline: string, { run }: OpenedRun): string {
  return `${pipeline}/${run}`;
}
