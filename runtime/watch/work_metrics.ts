import type { Context } from "@temporalio/activity";
import type {
  ActivityExecuteInput,
  ActivityInboundCallsInterceptor,
  ActivityInterceptors,
} from "@temporalio/worker";
import { join } from "node:path";
import { PERMANENT_ERRORS } from "../../core/errors.ts";
import { findKind } from "../../pipelines/kinds/mod.ts";
import { runAt } from "../../pipelines/places.ts";
import { readProvenance } from "../../store/mod.ts";
import {
  type LoggedResult,
  loggedResult,
  type LoggedTask,
  loggedTask,
  outcomeOf,
} from "../services/activity_log.ts";
import type { Metrics } from "./metrics.ts";

/** Time without progress after which a task counts as stuck (ms). */
export const STUCK_MS = 10 * 60_000;

/** Names of errors of the store, of which someone should know soon. */
const STORE_ERRORS: readonly string[] = [
  "StoreAccessError",
  "TransientStoreError",
  "DamagedStoreError",
  "SchemaVersionError",
];

/** Names of errors that are labels: any other is `other`, for it may come from a user's module. */
const KNOWN_ERRORS: readonly string[] = [...PERMANENT_ERRORS, ...STORE_ERRORS, "ProgramError"];

/** A task in progress. */
interface RunningTask {
  readonly kind: string;
  /** Time of its start, or of its last progress, on a clock that nobody sets (ms). */
  progressed: number;
}

/** A task of a stage that reports its progress. */
type ProgressingTask = Required<Pick<LoggedTask, "directory" | "stage">> & LoggedTask;

/** Counts what a worker does for the stages of runs. */
export class WorkMetrics {
  readonly #metrics: Metrics;
  readonly #root: string;
  readonly #now: () => number;
  readonly #running = new Map<string, RunningTask>();
  readonly #kinds = new Set<string>();

  /**
   * @param root Absolute path of the data root
   * @param now Clock that nobody sets (ms)
   */
  constructor(metrics: Metrics, root: string, now: () => number) {
    this.#metrics = metrics;
    this.#root = root;
    this.#now = now;
  }

  /** Makes a worker count its activities. */
  interceptors(): (context: Context) => ActivityInterceptors {
    return ({ info }) => {
      const inbound: ActivityInboundCallsInterceptor = {
        execute: (input: ActivityExecuteInput, next) => {
          return this.#measure(info.activityType, loggedTask(input.args[0]), () => next(input));
        },
      };
      return { inbound };
    };
  }

  /** Takes the progress that a task reports. */
  progress(task: ProgressingTask, progress: unknown): void {
    const { directory, stage } = task, running = this.#running.get(idOf(task));
    if (running !== undefined) running.progressed = this.#now();
    const pipeline = runAt(directory)?.pipeline;
    if (pipeline === undefined || progress === null || typeof progress !== "object") return;
    const labels = { pipeline, stage: stage.name };
    if ("loss" in progress && typeof progress.loss === "number") {
      this.#metrics.set("sluice_training_loss", progress.loss, labels);
    }
    if ("stepsPerSecond" in progress && typeof progress.stepsPerSecond === "number") {
      this.#metrics.set("sluice_training_steps_per_second", progress.stepsPerSecond, labels);
    }
  }

  /** Shows what is in progress now, and what of it is stuck. */
  sample(): void {
    const now = this.#now(), running = [...this.#running.values()];
    for (const kind of this.#kinds) {
      const ofKind = running.filter((task) => task.kind === kind);
      const stuck = ofKind.filter(({ progressed }) => now - progressed >= STUCK_MS);
      this.#metrics.set("sluice_running_tasks", ofKind.length, { kind });
      this.#metrics.set("sluice_stuck_tasks", stuck.length, { kind });
    }
  }

  async #measure(
    activity: string,
    task: LoggedTask,
    work: () => Promise<unknown>,
  ): Promise<unknown> {
    const kind = kindOf(activity, task);
    const id = idOf(task);
    if (kind !== null) {
      this.#running.set(id, { kind, progressed: this.#now() });
      this.#kinds.add(kind);
    }
    try {
      const result = await work();
      const ended = loggedResult(result) ?? {};
      if (kind !== null) this.#count(kind, task, ended);
      else this.#countRun(ended);
      return result;
    } catch (error) {
      this.#countFailure(kind ?? activity, task, error);
      throw error;
    } finally {
      if (kind !== null) this.#running.delete(id);
    }
  }

  #count(kind: string, task: LoggedTask, result: LoggedResult): void {
    const pipeline = pipelineOf(task), labels = { pipeline, kind };
    const outcome = result.cached ? "cached" : "computed";
    if (task.shard === undefined) {
      this.#metrics.add("sluice_stages_total", 1, { ...labels, outcome });
      if (!result.cached && result.path !== undefined) this.#countBytes(labels, result.path);
      return;
    }
    this.#metrics.add("sluice_shards_total", 1, { ...labels, outcome });
    if (result.cached) return;
    const { candidates = 0, accepted = 0, steps = 0, seconds = 0 } = result;
    this.#metrics.add("sluice_episodes_total", candidates, labels);
    this.#metrics.add("sluice_accepted_episodes_total", accepted, labels);
    this.#metrics.add("sluice_steps_total", steps, labels);
    this.#metrics.add("sluice_thread_seconds_total", seconds, labels);
  }

  #countBytes(labels: { pipeline: string; kind: string }, path: string): void {
    try {
      // Of the stage itself, then of each of its shards.
      const sizes = readProvenance(join(this.#root, path))?.content["bytes"];
      if (!Array.isArray(sizes)) return;
      const bytes = sizes.reduce((sum: number, size) => sum + Number(size), 0);
      this.#metrics.add("sluice_stored_bytes_total", bytes, labels);
    } catch {
      // A damaged record fails no stage: no result depends on it.
    }
  }

  #countRun({ pipeline, status }: LoggedResult): void {
    if (pipeline === undefined || status === undefined) return;
    this.#metrics.add("sluice_runs_total", 1, { pipeline, status });
  }

  #countFailure(kind: string, task: LoggedTask, thrown: unknown): void {
    const { outcome, error = "other" } = outcomeOf(thrown);
    if (task.stage !== undefined) {
      const name = task.shard === undefined ? "sluice_stages_total" : "sluice_shards_total";
      this.#metrics.add(name, 1, { pipeline: pipelineOf(task), kind, outcome });
    }
    if (outcome !== "failed") return;
    const label = KNOWN_ERRORS.includes(error) ? error : "other";
    this.#metrics.add("sluice_failures_total", 1, { kind, error: label });
    if (STORE_ERRORS.includes(error)) {
      this.#metrics.add("sluice_store_errors_total", 1, { error });
    }
  }
}

/** The kind of stage that an activity works for; null if it only looks, or is for a run. */
function kindOf(activity: string, { stage }: LoggedTask): string | null {
  if (stage === undefined || activity === "findStage") return null;
  const { kind = "" } = stage;
  return activity === "commitShards" && findKind(kind) !== undefined ? kind : activity;
}

function idOf({ directory, stage, shard }: LoggedTask): string {
  return `${directory} ${stage?.name} ${shard ?? ""}`;
}

function pipelineOf({ directory }: LoggedTask): string {
  return runAt(directory ?? "")?.pipeline ?? "unknown";
}
