import {
  condition,
  getExternalWorkflowHandle,
  isCancellation,
  startChild,
} from "@temporalio/workflow";
import type { StageResult } from "../activities/types.ts";
import type { StagePlan } from "../pipelines/plan.ts";
import type { StageGroup } from "../pipelines/variants/stage_groups.ts";
import { domainError } from "../core/domain_error.ts";
import { pauseSignal, resumeSignal } from "./messages.ts";
import { WORKFLOW_TASK_TIMEOUT } from "./run_options.ts";
import { searchAttributes } from "./search_attributes.ts";
import { SignalOrder } from "./signal_order.ts";
import { stageGroup } from "./stage_group.ts";
import { childId, pauseChild, runName, type StageRuns } from "./stage_runs.ts";
import type { StageStates } from "./stage_states.ts";
import type { StageRunsSetup } from "./types.ts";

/** Groups under way at a time: while one waits for its last stages, the next has begun. */
const GROUPS = 2;

/** Variants of one group under way at a time; with those of the others they fit a worker's cache. */
const ROWS = 16;

/** Parts with which the groups of a run work. */
interface GroupsSite {
  readonly plans: ReadonlyMap<string, StagePlan>;
  readonly stages: StageRuns;
  readonly states: StageStates;
}

/** The groups of a run, each a workflow of its own. */
export class GroupRuns {
  readonly #setup: StageRunsSetup;
  readonly #site: GroupsSite;
  readonly #running = new Set<string>();
  #begun = false;
  #isEmpty = true;
  #paused = false;
  readonly #order = new SignalOrder();

  constructor(setup: StageRunsSetup, site: GroupsSite) {
    this.#setup = setup;
    this.#site = site;
  }

  get isEmpty(): boolean {
    return this.#isEmpty;
  }

  /** Names of the groups under way. */
  get running(): readonly string[] {
    return [...this.#running];
  }

  /** Makes the results of groups known, before anything begins. */
  expect(groups: readonly StageGroup[]): void {
    for (const group of groups) {
      this.#isEmpty = false;
      const results = this.#execute(group);
      for (const { name } of group.stages) {
        this.#site.stages.expect(name, results.then((found) => found.get(name)!));
      }
    }
  }

  /** Lets groups begin, each when its inputs are there. */
  begin(): void {
    this.#begun = true;
  }

  async pause(paused: boolean): Promise<void> {
    this.#paused = paused;
    await this.#order.send(() => {
      const signal = this.#paused ? pauseSignal : resumeSignal; // it may have changed meanwhile
      const handles = this.running.map((name) => getExternalWorkflowHandle(childId(name)));
      return Promise.allSettled(handles.map((handle) => handle.signal(signal)));
    });
  }

  async #execute(group: StageGroup): Promise<ReadonlyMap<string, StageResult>> {
    const { plans, stages, states } = this.#site;
    await condition(() => this.#begun);
    const inside = new Set(group.stages.map(({ name }) => name));
    const outer = new Set(group.stages.flatMap(({ from }) => from.filter((at) => !inside.has(at))));
    const found = await Promise.all([...outer].map((name) => stages.resultOf(name)!));
    const inputs = found.filter((result) => result !== null); // all: plans with looks have no groups
    while (this.#running.size >= GROUPS) {
      await condition(() => this.#running.size < GROUPS);
    }
    this.#running.add(group.name);
    try {
      const inputStages = [...outer].map((name) => plans.get(name)!);
      const results = await this.#start(group, inputs, inputStages);
      for (const result of results) {
        states.set(result.stage, { state: result.cached ? "cached" : "completed", result });
      }
      return new Map(results.map((result) => [result.stage, result]));
    } catch (error) {
      const [detail] = domainError(error).details;
      if (!isCancellation(error) && typeof detail === "string") stages.fail(detail);
      throw error;
    } finally {
      this.#running.delete(group.name);
    }
  }

  async #start(
    { name, stages }: StageGroup,
    inputs: readonly StageResult[],
    inputStages: readonly StagePlan[],
  ): Promise<readonly StageResult[]> {
    const { searchAttributes: known, pipeline, opened } = this.#setup;
    const run = runName(pipeline, opened);
    const handle = await startChild(stageGroup, {
      workflowId: childId(name),
      staticSummary: `${name} of ${run}, ${stages.length} stages`,
      typedSearchAttributes: searchAttributes(
        { pipeline, run, stage: name, digest: stages[0]!.key }, // no group is empty
        known,
      ),
      cancellationType: "WAIT_CANCELLATION_COMPLETED",
      workflowExecutionTimeout: "60 days",
      workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT,
      args: [{ ...this.#setup, most: ROWS, stages, inputs, inputStages }],
    });
    if (this.#paused) await this.#order.send(() => pauseChild(handle, () => this.#paused));
    return await handle.result();
  }
}
