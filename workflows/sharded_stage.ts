import {
  allHandlersFinished,
  ApplicationFailure,
  condition,
  continueAsNew,
  getExternalWorkflowHandle,
  setCurrentDetails,
  setHandler,
} from "@temporalio/workflow";
import type { StageResult } from "../activities/types.ts";
import { replayedTime, secondsSince } from "./clock.ts";
import { areShards, isShardCount, requireInput, requireParent } from "./input_checks.ts";
import {
  extendSignal,
  pauseSignal,
  readySignal,
  reportSignal,
  resumeSignal,
  stageProgressQuery,
  stopSignal,
} from "./messages.ts";
import { emptyLedger, ShardLedger } from "./shard_ledger.ts";
import { threadActivities } from "./stage_activities.ts";
import { judgementText } from "./stage_table.ts";
import type { ShardedStageInput, StageProgress } from "./types.ts";

/** Shards after which a workflow continues as new, so that no history grows with the dataset. */
const SHARDS_PER_EXECUTION = 400;

/** Number of progress reports from a stage to its pipeline. */
const REPORTS = 10;

/**
 * Workflow of one sharded stage. Within a generate → validate → filter chain the stages advance
 * together: each tells the next which shards are done; the last counts what is accepted, requests
 * more, and stops the others at the shard that completes the dataset.
 */
export async function shardedStage(input: ShardedStageInput): Promise<StageResult> {
  requireInput("shardedStage", input);
  const stage = new ShardedStage(input, requireParent());
  setHandler(stageProgressQuery, () => stage.progress());
  setHandler(pauseSignal, () => stage.pause(true));
  setHandler(resumeSignal, () => stage.pause(false));
  // What names no shards came from no stage.
  setHandler(readySignal, (shards) => void (areShards(shards) && stage.ledger.addReady(shards)));
  setHandler(extendSignal, (limit) => void (isShardCount(limit) && stage.extend(limit)));
  setHandler(stopSignal, (last) => void (isShardCount(last) && stage.ledger.stop(last)));
  return await stage.run();
}

class ShardedStage {
  readonly ledger: ShardLedger;
  readonly #input: ShardedStageInput;
  readonly #activities: ReturnType<typeof threadActivities>;
  readonly #parent: string;
  #underWay = 0;
  #begun = 0;
  /** When the first shard began, over all executions, in ms of the workflow's clock. */
  #firstBegun: number | null;
  #announced: number[] = [];
  #reported = -1;
  #failure: { readonly error: unknown } | null = null;
  #result: StageResult | null = null;

  constructor(input: ShardedStageInput, parent: string) {
    this.#input = input;
    this.#activities = threadActivities(input.queues, input.task.stage.work);
    this.#parent = parent;
    this.#firstBegun = input.firstBegun ?? null;
    const { chain, shards } = input.task.stage;
    const target = chain?.next === null ? chain.target : null;
    const limit = shards ?? Math.ceil(chain!.target / chain!.shard);
    const ready = chain === undefined || chain.previous === null;
    const start = emptyLedger(limit, {
      ready,
      lastShard: shards === undefined ? null : shards - 1,
    });
    this.ledger = new ShardLedger(input.resume ?? start, target);
  }

  async run(): Promise<StageResult> {
    await this.#report();
    while (!this.ledger.isComplete) {
      this.#throwFailure();
      if (this.#begun >= SHARDS_PER_EXECUTION) await this.#continueAsNew();
      this.#fill();
      await this.#announce();
      if (this.ledger.isShort) await this.#askForMore();
      await this.#report();
      await condition(() => this.#canAdvance());
    }
    await this.#announce();
    await this.#stopOthers();
    const result = await this.#commit();
    await this.#report();
    return result;
  }

  pause(paused: boolean): void {
    this.ledger.paused = paused;
    this.#reported = -1;
  }

  extend(limit: number): void {
    const { chain } = this.#input.task.stage;
    this.ledger.extend(limit, { ready: chain?.previous === null });
  }

  progress(): StageProgress {
    const { stage } = this.#input.task, { ledger } = this;
    return {
      stage: stage.name,
      kind: stage.kind,
      state: this.#result ? "completed" : ledger.paused ? "paused" : "running",
      shardsDone: ledger.shardsDone,
      shardsTotal: ledger.shardsTotal,
      ...ledger.totals,
      result: this.#result,
    };
  }

  /** Begins shards until the window is full. */
  #fill(): void {
    while (this.#underWay < this.#input.window && this.#begun < SHARDS_PER_EXECUTION) {
      const shard = this.ledger.take();
      if (shard === undefined) return;
      this.#firstBegun ??= replayedTime();
      this.#underWay++;
      this.#begun++;
      this.#work(shard).catch((error) => this.#failure ??= { error });
    }
  }

  async #work(shard: number): Promise<void> {
    const { task } = this.#input;
    const summary = `shard ${shard + 1} of ${this.ledger.shardsTotal}`;
    try {
      const activity = this.#activities.shards[task.stage.kind]!;
      const result = await activity.executeWithOptions({ summary }, [{ ...task, shard }]);
      this.ledger.record(result);
      this.#announced.push(shard);
    } finally {
      this.#underWay--;
    }
  }

  #canAdvance(): boolean {
    const { ledger } = this;
    return this.#failure !== null || ledger.isComplete || this.#announced.length > 0 ||
      ledger.isShort || this.#reported === -1 ||
      (ledger.hasReady && this.#underWay < this.#input.window);
  }

  #throwFailure(): void {
    if (this.#failure) throw this.#failure.error;
  }

  /** Tells the next stage of the chain which shards are done since the last time. */
  async #announce(): Promise<void> {
    const { next } = this.#input.task.stage.chain ?? { next: null };
    const shards = this.#announced;
    this.#announced = [];
    if (next === null || shards.length === 0) return;
    await signalSibling(this.#parent, next, (handle) => handle.signal(readySignal, shards));
  }

  async #askForMore(): Promise<void> {
    const { task } = this.#input, chain = task.stage.chain!;
    const limit = this.ledger.nextLimit(chain);
    if (limit === null) throw this.#notEnough();
    this.extend(limit);
    for (const sibling of this.#input.upstream) {
      await signalSibling(this.#parent, sibling, (handle) => handle.signal(extendSignal, limit));
    }
  }

  async #stopOthers(): Promise<void> {
    const { lastShard } = this.ledger;
    if (lastShard === null) return;
    for (const sibling of this.#input.upstream) {
      await signalSibling(this.#parent, sibling, (handle) => handle.signal(stopSignal, lastShard));
    }
  }

  #notEnough(): ApplicationFailure {
    const { task } = this.#input, { target, maxCandidates } = task.stage.chain!;
    const { accepted, candidates, reasons } = this.ledger.totals;
    const histogram = Object.entries(reasons).sort(([, a], [, b]) => b - a)
      .map(([reason, count]) => `${reason} ${count}`).join(", ");
    const message = `Cannot deliver ${target} episodes: expected them among at most ` +
      `${maxCandidates} candidates, found ${accepted} in ${candidates} (rejected: ${histogram}): ` +
      `loosen the limits of stage "${task.stage.name}" or raise its maxAttempts`;
    return ApplicationFailure.nonRetryable(message, "NothingAcceptedError");
  }

  async #commit(): Promise<StageResult> {
    const { task } = this.#input, { ledger } = this;
    const result = await this.#activities.named.commitShards.executeWithOptions(
      { summary: `commit of ${ledger.lastShard! + 1} shards` },
      [{
        ...task,
        lastShard: ledger.lastShard!,
        cachedShards: Math.min(ledger.cachedShards, ledger.lastShard! + 1),
        seconds: this.#firstBegun === null ? 0 : secondsSince(this.#firstBegun),
        threadSeconds: ledger.seconds,
      }],
    );
    this.#result = result;
    return result;
  }

  /**
   * Reports the progress of this stage to the pipeline, if it changed enough to be worth an event.
   */
  async #report(): Promise<void> {
    const progress = this.progress();
    const tenth = Math.floor(REPORTS * progress.shardsDone / Math.max(1, progress.shardsTotal));
    const mark = progress.result ? REPORTS + 1 : tenth;
    if (mark === this.#reported) return;
    this.#reported = mark;
    setCurrentDetails(
      `${progress.shardsDone} of ${progress.shardsTotal} shards, ${judgementText(progress)}`,
    );
    await getExternalWorkflowHandle(this.#parent).signal(reportSignal, progress);
  }

  async #continueAsNew(): Promise<never> {
    await condition(() => this.#underWay === 0 || this.#failure !== null);
    this.#throwFailure();
    await this.#announce();
    await condition(allHandlersFinished);
    return await continueAsNew<typeof shardedStage>({
      ...this.#input,
      resume: this.ledger.state,
      ...(this.#firstBegun === null ? {} : { firstBegun: this.#firstBegun }),
    });
  }
}

/** Signals another stage of the same pipeline; one that has ended needs to know nothing more. */
async function signalSibling(
  parent: string,
  stage: string,
  send: (handle: ReturnType<typeof getExternalWorkflowHandle>) => Promise<void>,
): Promise<void> {
  try {
    await send(getExternalWorkflowHandle(`${parent}/${stage}`));
  } catch (error) {
    if (error instanceof ApplicationFailure) return;
    throw error;
  }
}
