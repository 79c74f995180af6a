import { type Client, WorkflowExecutionAlreadyStartedError } from "@temporalio/client";
import type { RunSummary } from "../../activities/types.ts";
import { CodeChangedError, HANDED_ON, WORKER_STOPPED } from "../../core/errors.ts";
import { knowsSearchAttributes } from "../../infra/temporal/namespace.ts";
import { WORKER_DIED } from "../../infra/temporal/orphans.ts";
import { decodePayload } from "../../infra/temporal/payload_converter.ts";
import { type RunMemo, runOptions } from "../../workflows/run_options.ts";
import type { PipelineProgress } from "../../workflows/types.ts";
import { pipelineStart, type RunRequest } from "./pipeline_input.ts";
import { type LiveProgress, liveProgressOf } from "../../activities/live_progress.ts";
import type { FailedAttempt } from "./attempt_notes.ts";
import { takeOverEarlierRuns } from "./earlier_runs.ts";
import { findOpenedRun } from "./runs_under_way.ts";
import { nameOf } from "./run_identity.ts";
import { further } from "./kept_progress.ts";
import type { ProgressView } from "./progress.ts";

/** Time that an answer to a query may take before the worker counts as absent (ms). */
const QUERY_DEADLINE_MS = 2000;

/** Types of failures that do not count: a worker that ended, whose successor continues. */
const NO_FAILURES: readonly string[] = [WORKER_STOPPED, WORKER_DIED, HANDED_ON];

/** Running pipeline, seen through the server. */
export class RunClient {
  readonly workflowId: string;
  readonly attached: boolean;
  readonly #client: Client;
  /** Groups of stages that were seen running, by name of the stage. */
  readonly #groupOf = new Map<string, string>();

  /** @param attached Whether it had been under way before */
  constructor(client: Client, workflowId: string, attached: boolean) {
    this.#client = client;
    this.workflowId = workflowId;
    this.attached = attached;
  }

  /**
   * Starts a run, or finds the equal one that is running.
   *
   * @throws {CodeChangedError} If other code started the one under way
   */
  static async open(
    client: Client,
    request: RunRequest,
    onNote: (text: string) => void,
  ): Promise<RunClient> {
    const known = await knowsSearchAttributes(client.connection, client.options.namespace);
    if (!known) {
      onNote("The Temporal server has no search attributes for Sluice: runs will not have any");
    }
    await takeOverEarlierRuns(client, request, onNote);
    const { workflowId, taskQueue, input } = pipelineStart(request, known);
    try {
      await client.workflow.start("pipeline", {
        workflowId,
        taskQueue,
        args: [input],
        ...runOptions(input),
      });
      return new RunClient(client, workflowId, false);
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
    await requireSameBuild(client, workflowId, request);
    return new RunClient(client, workflowId, true);
  }

  /** Waits for the end; the connection may break meanwhile. Throws what the workflow threw. */
  result(): Promise<RunSummary> {
    return this.#client.workflow.getHandle(this.workflowId).result();
  }

  /**
   * Requests that a worker start nothing new, or continue. The request stays until a worker reads
   * it.
   */
  async setPaused(paused: boolean): Promise<void> {
    await this.#client.workflow.getHandle(this.workflowId).signal(paused ? "pause" : "resume");
  }

  /** Requests that a worker end the run. The request stays until a worker reads it. */
  async cancel(): Promise<void> {
    await this.#client.workflow.getHandle(this.workflowId).cancel();
  }

  /** Ends the run without a worker, so that nothing closes it in the data directory. */
  async terminate(reason: string): Promise<void> {
    await this.#client.workflow.getHandle(this.workflowId).terminate(reason);
  }

  /**
   * Returns the progress of the run, null while no worker answers.
   *
   * @param workflowId Of one of its groups; of the run where absent
   */
  async progress(workflowId = this.workflowId): Promise<PipelineProgress | null> {
    const handle = this.#client.workflow.getHandle(workflowId);
    try {
      return await this.#client.withDeadline(
        Date.now() + QUERY_DEADLINE_MS,
        () => handle.query<PipelineProgress>("progress"),
      );
    } catch {
      return null; // the worker or the server is away; the next try asks again
    }
  }

  /** Returns the progress of the run and of its running stages, null while no worker answers. */
  async view(): Promise<ProgressView | null> {
    const progress = await this.progress();
    if (progress === null) return null;
    const live: Record<string, LiveProgress> = {};
    const grouped = await this.#groupProgress(progress.groups ?? []); // an older build says none
    const stages = await Promise.all(progress.stages.map(async (own) => {
      const stage = grouped.get(own.stage) ?? own;
      if (stage !== own) return stage;
      if (stage.state !== "running" && stage.state !== "paused") return stage;
      if (stage.shardsTotal > 0) return await this.#stageProgress(stage.stage) ?? stage;
      // An attempt that is made again begins behind what the stage has reported.
      const beat = further(stage.work, await this.#heartbeat(stage.stage) ?? undefined);
      if (beat !== undefined) live[stage.stage] = beat;
      return stage;
    }));
    return { run: progress.run, stages, paused: progress.paused, live };
  }

  /** Returns the progress of the stages in running groups, by name. */
  async #groupProgress(
    groups: readonly string[],
  ): Promise<ReadonlyMap<string, PipelineProgress["stages"][number]>> {
    const views = await Promise.all(groups.map(async (group) => {
      const progress = await this.progress(`${this.workflowId}/${group}`);
      return progress?.stages.map((stage) => [stage, group] as const) ?? [];
    }));
    for (const [{ stage }, group] of views.flat()) this.#groupOf.set(stage, group);
    return new Map(views.flat().map(([stage]) => [stage.stage, stage]));
  }

  /** Id of the workflow of a stage. */
  #idOf(stage: string): string {
    const group = this.#groupOf.get(stage);
    return [this.workflowId, ...(group === undefined ? [] : [group]), stage].join("/");
  }

  async #stageProgress(stage: string): Promise<PipelineProgress["stages"][number] | null> {
    const handle = this.#client.workflow.getHandle(this.#idOf(stage));
    try {
      return await this.#client.withDeadline(
        Date.now() + QUERY_DEADLINE_MS,
        () => handle.query<PipelineProgress["stages"][number]>("stageProgress"),
      );
    } catch {
      return null;
    }
  }

  /**
   * Returns the activities of running stages that failed and are retried; none if nobody answers.
   */
  async failedAttempts({ stages }: ProgressView): Promise<readonly FailedAttempt[]> {
    const running = stages.filter(({ state }) => state === "running");
    const failed = await Promise.all(running.map(({ stage }) => this.#failedAttempts(stage)));
    return failed.flat();
  }

  /** @param workflowId Of the stage, or of a range of its shards */
  async #failedAttempts(
    stage: string,
    workflowId = this.#idOf(stage),
  ): Promise<readonly FailedAttempt[]> {
    const handle = this.#client.workflow.getHandle(workflowId);
    try {
      const { raw } = await this.#client.withDeadline(
        Date.now() + QUERY_DEADLINE_MS,
        () => handle.describe(),
      );
      const failed = (raw.pendingActivities ?? []).flatMap((pending) => {
        const { activityId, attempt, lastFailure } = pending;
        const type = lastFailure?.applicationFailureInfo?.type ?? "";
        if (!lastFailure?.message || NO_FAILURES.includes(type)) return [];
        const activity = workflowId === this.#idOf(stage)
          ? activityId ?? ""
          : `${workflowId} ${activityId}`;
        return [{ stage, activity, attempt: (attempt ?? 1) - 1, message: lastFailure.message }];
      });
      const ranges = (raw.pendingChildren ?? []).flatMap(({ workflowId }) => workflowId ?? []);
      const further = await Promise.all(ranges.map((id) => this.#failedAttempts(stage, id)));
      return [...failed, ...further.flat()];
    } catch {
      return [];
    }
  }

  /** Returns what the activity of a stage last reported to the server. */
  async #heartbeat(stage: string): Promise<LiveProgress | null> {
    const handle = this.#client.workflow.getHandle(this.#idOf(stage));
    try {
      const { raw } = await handle.describe();
      const payload = raw.pendingActivities?.[0]?.heartbeatDetails?.payloads?.[0];
      if (!payload) return null;
      return liveProgressOf(await decodePayload(this.#client, payload));
    } catch {
      return null;
    }
  }
}

async function requireSameBuild(
  client: Client,
  workflowId: string,
  { root, plan, build }: RunRequest,
): Promise<void> {
  const { memo } = await client.workflow.getHandle(workflowId).describe();
  const started: RunMemo = memo ?? {};
  if (started.build === build) return;
  const place = await findOpenedRun(root, { pipeline: plan.name, workflowId });
  const name = nameOf({ place, workflowId });
  throw new CodeChangedError({
    action: "resume",
    place: name,
    expected: `build ${build.slice(0, 12)}`,
    found: `it was started by ${started.build?.slice(0, 12) ?? "another"}`,
    remedy: `"deno task cancel ${name}", then run the pipeline again; committed work is ` +
      "reused",
  });
}
