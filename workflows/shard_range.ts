import {
  allHandlersFinished,
  condition,
  getExternalWorkflowHandle,
  setCurrentDetails,
  setHandler,
} from "@temporalio/workflow";
import { isShardCount, requireInput, requireParent } from "./input_checks.ts";
import { pauseSignal, rangeSignal, resumeSignal, stopSignal } from "./messages.ts";
import { ShardQueue } from "./shard_queue.ts";
import { addQuarantined, addResults, countResults, NO_RESULTS } from "./shard_results.ts";
import { ShardsInProgress } from "./shards_in_progress.ts";
import { StageWindow } from "./stage_window.ts";
import type { ShardRangeInput, ShardResults } from "./types.ts";

/**
 * Workflow of some shards of a stage that has many, so that their events are in a history of its
 * own. It tells the stage, a batch at a time, which are done, and when its last shard has begun: the
 * next range begins then, so that slots have work while the last shards of this one go on.
 */
export async function shardRange(input: ShardRangeInput): Promise<void> {
  requireInput("shardRange", input);
  const run = new RangeRun(input, requireParent());
  setHandler(pauseSignal, () => run.pause(true));
  setHandler(resumeSignal, () => run.pause(false));
  // What names no shard came from no stage.
  setHandler(stopSignal, (last) => void (isShardCount(last) && run.stop(last)));
  await run.execute();
}

class RangeRun {
  readonly #input: ShardRangeInput;
  readonly #parent: string;
  readonly #queue: ShardQueue;
  readonly #window: StageWindow;
  readonly #shards: ShardsInProgress;
  readonly #count: number;
  #results: ShardResults = NO_RESULTS;
  #done = 0;
  #toldDrained = false;
  #paused: boolean;

  constructor(input: ShardRangeInput, parent: string) {
    const { task, queues, slots, window: least, rivals = 1 } = input;
    this.#input = input;
    this.#parent = parent;
    this.#paused = input.paused;
    this.#queue = new ShardQueue(input.shards);
    this.#count = this.#queue.size;
    this.#window = new StageWindow({ least, slots, rivals });
    this.#shards = new ShardsInProgress({
      task,
      queues,
      window: this.#window,
      onDone: (result) => this.#results = addResults(this.#results, result),
      onQuarantined: (shard) => this.#results = addQuarantined(this.#results, shard),
    });
  }

  pause(paused: boolean): void {
    this.#paused = paused;
  }

  stop(lastShard: number): void {
    this.#queue.stop(lastShard);
  }

  async execute(): Promise<void> {
    for (;;) {
      this.#shards.throwFailure();
      this.#fill();
      if (this.#isReportDue) await this.#report();
      if (this.#isOver) break;
      if (this.#isDrained) this.#shards.copyStragglers();
      await condition(() =>
        this.#shards.hasFailed || this.#isReportDue || this.#canFill || this.#isOver
      );
    }
    await condition(allHandlersFinished);
  }

  get #canFill(): boolean {
    return !this.#paused && this.#queue.size > 0 && this.#shards.hasRoom;
  }

  #fill(): void {
    while (this.#canFill) {
      const shard = this.#queue.take()!; // there is one
      this.#shards.begin(shard, `shard ${shard + 1} of ${this.#input.shardsTotal}`);
    }
  }

  get #isDrained(): boolean {
    return this.#queue.size === 0;
  }

  get #isReportDue(): boolean {
    const done = countResults(this.#results);
    const isLast = this.#isDrained && this.#shards.underWay === 0 && done > 0;
    return done >= this.#input.batch || isLast || this.#isDrained && !this.#toldDrained;
  }

  get #isOver(): boolean {
    return this.#isDrained && this.#shards.underWay === 0 && countResults(this.#results) === 0;
  }

  async #report(): Promise<void> {
    const results = this.#results;
    this.#results = NO_RESULTS;
    this.#done += countResults(results);
    this.#toldDrained = this.#isDrained;
    setCurrentDetails(`${this.#done} of ${this.#count} shards`);
    await getExternalWorkflowHandle(this.#parent).signal(rangeSignal, {
      range: this.#input.name,
      isDrained: this.#toldDrained,
      slots: this.#window.slots,
      ...results,
    });
  }
}
