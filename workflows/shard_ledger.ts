import type { ShardResult } from "../activities/types.ts";
import type { QuarantinedShard } from "../core/quarantine.ts";
import type { ChainPlace } from "../pipelines/plan.ts";
import { ShardQueue } from "./shard_queue.ts";
import { addTotals, NO_TOTALS } from "./shard_results.ts";
import type { ShardLedgerState, ShardRange, ShardResults, ShardTotals } from "./types.ts";

/**
 * Factor above the estimate by which a chain requests more candidates: one request usually
 * suffices.
 */
const MARGIN = 1.1;

/**
 * The book-keeping of one sharded stage: which shards may begin, which are done, how many
 * candidates they accepted in candidate order. No effects: a workflow asks and tells.
 */
export class ShardLedger {
  #limit: number;
  readonly #ready: ShardQueue;
  /** Accepted candidates of shards that are stored and not done, because they are not ready. */
  readonly #stored = new Map<number, number>();
  /** Whether some ready shards may be stored. */
  #mayBeStored = false;
  /** Shards below have been looked for in the store. */
  #searched = 0;
  #donePrefix: number;
  #doneBeyond: Map<number, number>;
  /** Those of the done shards that have no episodes. */
  readonly #quarantined: Map<number, QuarantinedShard>;
  #acceptedPrefix: number;
  #lastShard: number | null;
  #totals: ShardTotals;
  #cachedShards: number;
  #seconds: number;
  paused: boolean;

  readonly #target: number | null;

  /**
   * @param target Accepted candidates that complete the dataset, where this stage decides that;
   *   null if another does
   */
  constructor(state: ShardLedgerState, target: number | null) {
    this.#target = target;
    this.#limit = state.limit;
    this.#ready = new ShardQueue(state.ready);
    this.#donePrefix = state.donePrefix;
    this.#doneBeyond = new Map(state.doneBeyond);
    this.#quarantined = new Map(state.quarantined?.map((shard) => [shard.shard, shard]));
    this.#acceptedPrefix = state.acceptedPrefix;
    this.#lastShard = state.lastShard;
    this.#totals = state.totals;
    this.#cachedShards = state.cachedShards;
    this.#seconds = state.seconds;
    this.paused = state.paused;
  }

  /**
   * Returns the whole state as data, for continue-as-new, without what is stored: that is looked for
   * again. No shard may be in progress.
   */
  get state(): ShardLedgerState {
    return {
      limit: this.#limit,
      ready: this.#ready.ranges,
      donePrefix: this.#donePrefix,
      doneBeyond: [...this.#doneBeyond],
      ...(this.#quarantined.size === 0 ? {} : { quarantined: this.quarantined }),
      acceptedPrefix: this.#acceptedPrefix,
      lastShard: this.#lastShard,
      totals: this.#totals,
      cachedShards: this.#cachedShards,
      seconds: this.#seconds,
      paused: this.paused,
    };
  }

  get totals(): ShardTotals {
    return this.#totals;
  }

  get lastShard(): number | null {
    return this.#lastShard;
  }

  /** The needed shards without which the stage goes on, in ascending order. */
  get quarantined(): readonly QuarantinedShard[] {
    return [...this.#quarantined.values()].filter(({ shard }) => shard < this.shardsTotal)
      .sort((a, b) => a.shard - b.shard);
  }

  get cachedShards(): number {
    return this.#cachedShards;
  }

  /** Sum of the seconds that the shards took. */
  get seconds(): number {
    return this.#seconds;
  }

  /** Shards that are known to be needed. */
  get shardsTotal(): number {
    return this.#lastShard === null ? this.#limit : this.#lastShard + 1;
  }

  /** Needed shards that are done. */
  get shardsDone(): number {
    return Math.min(this.#donePrefix + this.#doneBeyond.size, this.shardsTotal);
  }

  /** Shards may begin, in this order; what is beyond the last one is left out. */
  addReady(ranges: readonly ShardRange[]): void {
    const end = this.#lastShard === null ? Infinity : this.#lastShard + 1;
    for (const range of ranges) this.#ready.add([range[0], Math.min(range[1], end)]);
    this.#mayBeStored = this.#stored.size > 0;
  }

  /**
   * Raises the number of shards that the chain needs.
   *
   * @param ready Whether those that this adds may begin
   */
  extend(limit: number, { ready }: { readonly ready: boolean }): void {
    if (limit <= this.#limit) return;
    if (ready) this.addReady([[this.#limit, limit]]);
    this.#limit = limit;
  }

  /** Shards beyond `lastShard` are needed no more. */
  stop(lastShard: number): void {
    this.#lastShard = lastShard;
    this.#ready.stop(lastShard);
  }

  /** The next shard to begin, undefined if none may. */
  take(): number | undefined {
    return this.paused ? undefined : this.#ready.take();
  }

  /** The next shards to begin, at most `count`. */
  takeMany(count: number): readonly ShardRange[] {
    return this.paused ? [] : this.#ready.takeMany(count);
  }

  get hasReady(): boolean {
    return !this.paused && this.#ready.size > 0;
  }

  /** Needed shards of which nobody knows whether they are stored. */
  get unsearched(): ShardRange {
    return [Math.max(this.#searched, this.#donePrefix), this.#limit];
  }

  /**
   * Enters what the store has of some shards.
   *
   * @param accepted Accepted candidates of the shards from `first` on, null where one is not stored
   */
  addStored(first: number, accepted: readonly (number | null)[], totals: ShardTotals): void {
    for (const [index, count] of accepted.entries()) {
      if (count !== null) this.#stored.set(first + index, count);
    }
    this.#totals = addTotals(this.#totals, totals);
    this.#searched = Math.max(this.#searched, first + accepted.length);
    this.#mayBeStored = this.#stored.size > 0;
  }

  /** Enters ready shards that are stored as done. @returns These shards */
  recordStored(): readonly ShardRange[] {
    if (!this.#mayBeStored || !this.hasReady) return [];
    this.#mayBeStored = false;
    const found = this.#ready.remove((shard) => this.#stored.has(shard));
    for (const [first, end] of found) {
      for (let shard = first; shard < end; shard++) {
        this.#doneBeyond.set(shard, this.#stored.get(shard)!); // it was removed for that
        this.#stored.delete(shard);
        this.#cachedShards++;
      }
    }
    this.#advance();
    return found;
  }

  /**
   * Enters a shard that is done. Accepted candidates are counted in candidate order, so the shard
   * that completes the dataset does not depend on the order in which shards are done.
   */
  record(result: ShardResult): void {
    this.#doneBeyond.set(result.shard, result.accepted);
    this.#advance();
    this.#totals = addTotals(this.#totals, result);
    if (result.cached) this.#cachedShards++;
    this.#seconds += result.seconds;
  }

  /** Enters a shard without which the stage goes on. @returns Whether it was not known to be done */
  skip(shard: QuarantinedShard): boolean {
    const { shard: number } = shard;
    if (number < this.#donePrefix || this.#doneBeyond.has(number)) return false;
    this.#quarantined.set(number, shard);
    this.#doneBeyond.set(number, 0);
    this.#advance();
    return true;
  }

  /** Enters shards that are done, in any order. */
  recordMany({ done, totals, cachedShards, seconds }: ShardResults): void {
    for (const [shard, accepted] of done) this.#doneBeyond.set(shard, accepted);
    this.#advance();
    this.#totals = addTotals(this.#totals, totals);
    this.#cachedShards += cachedShards;
    this.#seconds += seconds;
  }

  #advance(): void {
    for (let accepted; (accepted = this.#doneBeyond.get(this.#donePrefix)) !== undefined;) {
      this.#acceptedPrefix += accepted;
      this.#doneBeyond.delete(this.#donePrefix);
      const completes = this.#target !== null && this.#acceptedPrefix >= this.#target;
      if (completes && this.#lastShard === null) this.stop(this.#donePrefix);
      this.#donePrefix++;
    }
  }

  /** Returns whether all requested work is done and the dataset is not complete. */
  get isShort(): boolean {
    return this.#target !== null && this.#lastShard === null && this.#donePrefix === this.#limit;
  }

  /**
   * Returns the number of shards that the chain needs at its current acceptance rate, if {@linkcode
   * isShort}.
   *
   * @returns Null if no more candidates may be drawn
   */
  nextLimit({ target, shard, maxCandidates }: ChainPlace): number | null {
    const most = Math.ceil(maxCandidates / shard);
    if (this.#limit >= most) return null;
    const candidates = this.#limit * shard;
    const needed = this.#acceptedPrefix === 0
      ? 2 * candidates
      : MARGIN * target * candidates / this.#acceptedPrefix;
    return Math.min(most, Math.max(this.#limit + 1, Math.ceil(needed / shard)));
  }

  /** Whether every shard up to the last is done. */
  get isComplete(): boolean {
    return this.#lastShard !== null && this.#donePrefix > this.#lastShard;
  }
}

/** A ledger at the start: `limit` shards needed, none done. */
export function emptyLedger(
  limit: number,
  { ready, lastShard }: { readonly ready: boolean; readonly lastShard: number | null },
): ShardLedgerState {
  return {
    limit,
    ready: ready ? [[0, limit]] : [],
    donePrefix: 0,
    doneBeyond: [],
    acceptedPrefix: 0,
    lastShard,
    totals: NO_TOTALS,
    cachedShards: 0,
    seconds: 0,
    paused: false,
  };
}
