import {
  allHandlersFinished,
  condition,
  continueAsNew,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from "@temporalio/workflow";
import type { StageResult } from "../activities/types.ts";
import type { QuarantinedShard } from "../core/quarantine.ts";
import { replayedTime, secondsSince } from "./clock.ts";
import {
  areQuarantined,
  areShardRanges,
  isRangeReport,
  isShardCount,
  requireInput,
  requireParent,
} from "./input_checks.ts";
import {
  extendSignal,
  pauseSignal,
  rangeSignal,
  readySignal,
  resumeSignal,
  skippedSignal,
  stageProgressQuery,
  stopSignal,
} from "./messages.ts";
import { ProgressReports } from "./progress_reports.ts";
import { requireFewQuarantined } from "./quarantine.ts";
import { notEnough } from "./not_enough.ts";
import { emptyLedger, ShardLedger } from "./shard_ledger.ts";
import { ShardQueue } from "./shard_queue.ts";
import { ShardRanges } from "./shard_ranges.ts";
import { ShardsInProgress } from "./shards_in_progress.ts";
import { briefActivities, threadActivities } from "./stage_activities.ts";
import { signalSibling } from "./signal_sibling.ts";
import { judgementText } from "./stage_table.ts";
import { DIRECT_SHARDS, StageWindow } from "./stage_window.ts";
import { searchStore } from "./stored_shards.ts";
import type { RangeReport, ShardedStageInput, StageProgress } from "./types.ts";

/**
 * Events after which a workflow continues as new. A stage of fewer than some hundred thousand shards
 * never has so many: the events of its shards are in the histories of ranges.
 */
const MOST_EVENTS = 8000;

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
  setHandler(
    readySignal,
    (shards) => void (areShardRanges(shards) && stage.ledger.addReady(shards)),
  );
  setHandler(
    skippedSignal,
    (shards) => void (areQuarantined(shards) && stage.skip(shards)),
  );
  setHandler(rangeSignal, (report) => void (isRangeReport(report) && stage.receive(report)));
  setHandler(extendSignal, (limit) => void (isShardCount(limit) && stage.extend(limit)));
  setHandler(stopSignal, async (last) => {
    if (isShardCount(last)) await stage.stop(last);
  });
  return await stage.run();
}

class ShardedStage {
  readonly ledger: ShardLedger;
  readonly #input: ShardedStageInput;
  readonly #parent: string;
  readonly #window: StageWindow;
  readonly #shards: ShardsInProgress;
  readonly #ranges: ShardRanges;
  /** Shards that this execution has begun itself. */
  #begun = 0;
  /** When the first shard began, over all executions, in ms of the workflow's clock. */
  #firstBegun: number | null;
  /** Shards that are done and not announced, and those of them that have no episodes. */
  readonly #announced = new ShardQueue();
  #skipped: readonly QuarantinedShard[] = [];
  #reported = -1;
  readonly #reports: ProgressReports;
  #result: StageResult | null = null;

  constructor(input: ShardedStageInput, parent: string) {
    const { task, queues, window: least, rivals = 1 } = input, { chain, shards } = task.stage;
    this.#input = input;
    this.#parent = parent;
    this.#reports = new ProgressReports(parent);
    this.#firstBegun = input.firstBegun ?? null;
    this.#window = new StageWindow({ least, rivals, slots: null });
    this.#shards = new ShardsInProgress({
      task,
      queues,
      window: this.#window,
      onDone: (result) => {
        this.ledger.record(result);
        this.#announced.add([result.shard, result.shard + 1]);
      },
      onQuarantined: (shard) => this.skip([shard]),
    });
    const target = chain?.next === null ? chain.target : null;
    const limit = shards ?? Math.ceil(chain!.target / chain!.shard);
    const ready = chain === undefined || chain.previous === null;
    const start = emptyLedger(limit, {
      ready,
      lastShard: shards === undefined ? null : shards - 1,
    });
    this.ledger = new ShardLedger(input.resume ?? start, target);
    this.#ranges = new ShardRanges(input, limit);
  }

  async run(): Promise<StageResult> {
    this.#report();
    this.#countSlots();
    while (!this.ledger.isComplete) {
      this.#throwFailure();
      await searchStore(this.#input, this.ledger);
      for (const range of this.ledger.recordStored()) this.#announced.add(range);
      if (workflowInfo().historyLength >= MOST_EVENTS) await this.#continueAsNew();
      await this.#fill();
      await this.#announce();
      if (this.ledger.isShort) await this.#askForMore();
      this.#report();
      if (this.ledger.shardsDone + this.#shards.underWay >= this.ledger.shardsTotal) {
        this.#shards.copyStragglers();
      }
      await condition(() => this.#canAdvance());
    }
    this.#report();
    await this.#announce();
    await this.#stopOthers();
    const result = await this.#commit();
    await this.#reports.sent;
    return result;
  }

  async pause(paused: boolean): Promise<void> {
    this.ledger.paused = paused;
    this.#reported = -1;
    await this.#ranges.signal(paused ? pauseSignal : resumeSignal);
  }

  extend(limit: number): void {
    const { chain } = this.#input.task.stage;
    this.ledger.extend(limit, { ready: chain?.previous === null });
  }

  /** Goes on without shards that ended their workers, here or in an earlier stage. */
  skip(shards: readonly QuarantinedShard[]): void {
    this.#skipped = [...this.#skipped, ...shards.filter((shard) => this.ledger.skip(shard))];
  }

  async stop(lastShard: number): Promise<void> {
    this.ledger.stop(lastShard);
    await this.#ranges.signal(stopSignal, lastShard);
  }

  receive(report: RangeReport): void {
    this.#ranges.receive(report);
    this.#window.learn(report.slots);
    this.ledger.recordMany(report);
    for (const [shard] of report.done) this.#announced.add([shard, shard + 1]);
    this.skip(report.quarantined ?? []);
  }

  progress(): StageProgress {
    const { stage } = this.#input.task, { ledger } = this, { length } = ledger.quarantined;
    return {
      stage: stage.name,
      kind: stage.kind,
      state: this.#result ? "completed" : ledger.paused ? "paused" : "running",
      shardsDone: ledger.shardsDone,
      shardsTotal: ledger.shardsTotal,
      ...ledger.totals,
      ...(length === 0 ? {} : { quarantined: length }),
      result: this.#result,
    };
  }

  /** Counts slots where the stage has more shards than the least window. */
  #countSlots(): void {
    const { task, queues, window } = this.#input;
    if (this.ledger.shardsTotal <= window) return;
    briefActivities(queues, task.stage.work.resource).countSlots(task)
      .then((slots) => this.#window.learn(slots), () => {}); // results of shards tell it too
  }

  /** Begins shards until the window is full, and ranges of shards once there were many. */
  async #fill(): Promise<void> {
    const { shardsTotal } = this.ledger;
    while (this.#canBegin) {
      const shard = this.ledger.take()!; // one is ready
      this.#firstBegun ??= replayedTime();
      this.#begun++;
      this.#shards.begin(shard, `shard ${shard + 1} of ${shardsTotal}`);
    }
    while (this.#canBeginRange) {
      const { slots } = this.#window, { paused } = this.ledger;
      const shards = this.ledger.takeMany(this.#ranges.size);
      await this.#ranges.begin(shards, { shardsTotal, slots, paused });
    }
  }

  get #canBegin(): boolean {
    return this.#begun < DIRECT_SHARDS && this.#shards.hasRoom && this.ledger.hasReady;
  }

  get #canBeginRange(): boolean {
    const window = this.#window.size - this.#shards.underWay;
    return this.#begun >= DIRECT_SHARDS && this.#ranges.hasRoom(window) && this.ledger.hasReady;
  }

  #canAdvance(): boolean {
    const { ledger } = this;
    return this.#hasFailed || ledger.isComplete || this.#announced.size > 0 ||
      this.#skipped.length > 0 || ledger.isShort || this.#reported === -1 || this.#canBegin ||
      this.#canBeginRange;
  }

  get #hasFailed(): boolean {
    return this.#shards.hasFailed || this.#ranges.hasFailed;
  }

  #throwFailure(): void {
    this.#shards.throwFailure();
    this.#ranges.throwFailure();
    const { name } = this.#input.task.stage, { quarantined, shardsTotal } = this.ledger;
    requireFewQuarantined(name, quarantined, shardsTotal);
  }

  /** Tells the next stage of the chain which shards are done since the last time. */
  async #announce(): Promise<void> {
    const { next } = this.#input.task.stage.chain ?? { next: null };
    const shards = this.#announced.takeMany(Infinity), skipped = this.#skipped;
    this.#skipped = [];
    if (next === null) return;
    if (shards.length > 0) {
      await signalSibling(this.#parent, next, (handle) => handle.signal(readySignal, shards));
    }
    if (skipped.length > 0) {
      await signalSibling(this.#parent, next, (handle) => handle.signal(skippedSignal, skipped));
    }
  }

  async #askForMore(): Promise<void> {
    const { task } = this.#input, chain = task.stage.chain!;
    const limit = this.ledger.nextLimit(chain);
    if (limit === null) throw notEnough(task.stage, this.ledger.totals);
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

  async #commit(): Promise<StageResult> {
    const { task, queues } = this.#input, { ledger } = this, { quarantined } = ledger;
    const result = await threadActivities(queues, task.stage.work).named.commitShards
      .executeWithOptions(
        { summary: `commit of ${ledger.lastShard! + 1} shards` },
        [{
          ...task,
          lastShard: ledger.lastShard!,
          ...(quarantined.length === 0 ? {} : { quarantined }),
          cachedShards: Math.min(ledger.cachedShards, ledger.lastShard! + 1),
          seconds: this.#firstBegun === null ? 0 : secondsSince(this.#firstBegun),
          threadSeconds: ledger.seconds,
        }],
      );
    this.#result = result;
    return result;
  }

  /**
   * Reports the progress of this stage to the pipeline, if it changed enough to be worth an event. That
   * the stage has completed, its result tells.
   */
  #report(): void {
    const progress = this.progress();
    const tenth = Math.floor(REPORTS * progress.shardsDone / Math.max(1, progress.shardsTotal));
    if (tenth === this.#reported) return;
    this.#reported = tenth;
    setCurrentDetails(
      `${progress.shardsDone} of ${progress.shardsTotal} shards, ${judgementText(progress)}`,
    );
    this.#reports.tell(progress);
  }

  async #continueAsNew(): Promise<never> {
    await condition(() => this.#hasFailed || this.#shards.underWay === 0 && this.#ranges.isEmpty);
    this.#throwFailure();
    await this.#announce();
    await this.#reports.sent;
    await condition(allHandlersFinished);
    return await continueAsNew<typeof shardedStage>({
      ...this.#input,
      resume: this.ledger.state,
      ...(this.#firstBegun === null ? {} : { firstBegun: this.#firstBegun }),
    });
  }
}
