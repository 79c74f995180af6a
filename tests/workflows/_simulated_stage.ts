import { ShardQueue } from "../../workflows/shard_queue.ts";
import { emptyLedger, ShardLedger } from "../../workflows/shard_ledger.ts";
import { addResults, NO_RESULTS } from "../../workflows/shard_results.ts";
import {
  DIRECT_SHARDS,
  RangeBook,
  rangeSize,
  reportSize,
  StageWindow,
} from "../../workflows/stage_window.ts";
import type { ShardResults } from "../../workflows/types.ts";

/** A stage of many shards on many slots, simulated event by event: no server, no clock. */

/** Mean time of a shard (s). */
export const SHARD_SECONDS = 60;

/** Time that a workflow takes to answer an event (s). */
const WORKFLOW_DELAY = 0.1;

/** Bytes of the task of a shard, as of those of `reach-expert`, and of what the rest of its events takes. */
const TASK_BYTES = 2500, EVENT_BYTES = 1200;

interface SimulationOptions {
  readonly shards: number;
  readonly slots: number;
  /** Draws the time of a shard (s). */
  readonly seconds: () => number;
}

interface Simulation {
  /** Share of the slots' time in which they computed. */
  readonly utilisation: number;
  /** Events and bytes of the longest history. */
  readonly events: number;
  readonly bytes: number;
  /** Largest state of a stage's ledger (bytes). */
  readonly states: number;
  /** Shards that were begun. */
  readonly begun: number;
}

/** Shards that one workflow has in progress: those of the stage itself, or of a range. */
interface Holder {
  readonly name: string | null;
  readonly queue: ShardQueue;
  readonly window: StageWindow;
  underWay: number;
  results: ShardResults;
  isDrained: boolean;
  events: number;
}

/** Simulates a stage whose shards are all ready at the start. */
export function simulateStage(options: SimulationOptions): Simulation {
  return new SimulatedStage(options).run();
}

class SimulatedStage {
  readonly #options: SimulationOptions;
  readonly #agenda: { readonly at: number; readonly act: () => void }[] = [];
  readonly #waiting: { readonly holder: Holder; readonly shard: number }[] = [];
  readonly #ledger: ShardLedger;
  readonly #book: RangeBook;
  readonly #stage: Holder;
  readonly #batch: number;
  readonly #begun = new Set<number>();
  #now = 0;
  #busy = 0;
  #computed = 0;
  #events = 0;
  #bytes = 0;
  #states = 0;

  constructor(options: SimulationOptions) {
    this.#options = options;
    this.#batch = reportSize(options.shards);
    this.#book = new RangeBook(this.#batch);
    const state = emptyLedger(options.shards, { ready: true, lastShard: options.shards - 1 });
    this.#ledger = new ShardLedger(state, null);
    this.#stage = this.#holder(null, [], null);
  }

  run(): Simulation {
    const { slots } = this.#options;
    this.#after(WORKFLOW_DELAY, () => {
      this.#stage.window.learn(slots); // countSlots
      this.#advance();
    });
    this.#advance();
    while (!this.#ledger.isComplete) {
      const next = this.#agenda.shift()!; // nothing waits for ever
      this.#now = next.at;
      next.act();
    }
    this.#close(this.#stage);
    return {
      utilisation: this.#computed / (this.#now * slots),
      events: this.#events,
      bytes: this.#bytes,
      states: this.#states,
      begun: this.#begun.size,
    };
  }

  #holder(
    name: string | null,
    shards: readonly (readonly [number, number])[],
    slots: number | null,
  ) {
    const window = new StageWindow({ least: 16, slots, rivals: 1 });
    const queue = new ShardQueue(shards);
    const results = NO_RESULTS, isDrained = false;
    return { name, queue, window, underWay: 0, results, isDrained, events: 10 };
  }

  /** Does what the workflow of the stage does after an event. */
  #advance(): void {
    const stage = this.#stage, ledger = this.#ledger;
    while (
      this.#begun.size < DIRECT_SHARDS && stage.underWay < stage.window.size && ledger.hasReady
    ) {
      this.#begin(stage, ledger.take()!); // one is ready
    }
    const window = () => stage.window.size - stage.underWay;
    while (
      this.#begun.size >= DIRECT_SHARDS && this.#book.hasRoom(window()) && ledger.hasReady
    ) {
      const shards = ledger.takeMany(rangeSize(TASK_BYTES)), name = `shards-${shards[0]![0]}`;
      const range = this.#holder(name, shards, stage.window.slots);
      this.#book.begin(name, range.queue.size);
      stage.events += 9;
      this.#after(WORKFLOW_DELAY, () => this.#advanceRange(range));
    }
    this.#states = Math.max(this.#states, JSON.stringify(ledger.state).length);
  }

  /** Does what the workflow of a range does after an event. */
  #advanceRange(range: Holder): void {
    while (range.queue.size > 0 && range.underWay < range.window.size) {
      this.#begin(range, range.queue.take()!); // it has some
    }
    const isDrained = range.queue.size === 0, { results, name } = range;
    const isOver = isDrained && range.underWay === 0;
    if (results.done.length < this.#batch && !isOver && isDrained === range.isDrained) return;
    range.results = NO_RESULTS;
    range.isDrained = isDrained;
    range.events += 5;
    this.#stage.events += 4;
    if (isOver) this.#close(range);
    this.#after(WORKFLOW_DELAY, () => {
      this.#book.report(name!, results.done.length, isDrained);
      if (isOver) this.#book.end(name!);
      this.#ledger.recordMany(results);
      this.#stage.window.learn(range.window.slots);
      this.#advance();
    });
  }

  #begin(holder: Holder, shard: number): void {
    holder.underWay++;
    holder.events += 6;
    this.#begun.add(shard);
    this.#waiting.push({ holder, shard });
    this.#dispatch();
  }

  /** Gives waiting shards to free slots, first come first served. */
  #dispatch(): void {
    const { slots, seconds } = this.#options;
    while (this.#busy < slots && this.#waiting.length > 0) {
      const { holder, shard } = this.#waiting.shift()!; // the loop checks that there is one
      const took = seconds();
      this.#busy++;
      this.#computed += took;
      this.#after(took, () => {
        this.#busy--;
        this.#dispatch();
        this.#after(WORKFLOW_DELAY, () => this.#end(holder, shard, took));
      });
    }
  }

  #end(holder: Holder, shard: number, seconds: number): void {
    const { slots } = this.#options;
    const counts = { candidates: 32, accepted: 32, steps: 640, successes: 32, reasons: {} };
    const result = { shard, ...counts, cached: false, seconds, slots };
    holder.underWay--;
    holder.window.learn(slots);
    if (holder.name === null) {
      this.#ledger.record(result);
      this.#advance();
    } else {
      holder.results = addResults(holder.results, result);
      this.#advanceRange(holder);
    }
  }

  /** Measures the history of a workflow that has ended. */
  #close({ events }: Holder): void {
    this.#events = Math.max(this.#events, events);
    this.#bytes = Math.max(this.#bytes, events / 6 * (TASK_BYTES + EVENT_BYTES));
  }

  #after(seconds: number, act: () => void): void {
    const at = this.#now + seconds;
    let low = 0, high = this.#agenda.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#agenda[middle]!.at <= at) low = middle + 1;
      else high = middle;
    }
    this.#agenda.splice(low, 0, { at, act });
  }
}
