import type { ShardResult } from "../activities/types.ts";
import type { ChainPlace } from "../pipelines/plan.ts";
import type { ShardLedgerState, ShardRange, ShardTotals } from "./types.ts";

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
  /** Ranges, because a stage may have millions of shards. */
  #ready: ShardRange[];
  #donePrefix: number;
  #doneBeyond: Map<number, number>;
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
    this.#ready = [...state.ready];
    this.#donePrefix = state.donePrefix;
    this.#doneBeyond = new Map(state.doneBeyond);
    this.#acceptedPrefix = state.acceptedPrefix;
    this.#lastShard = state.lastShard;
    this.#totals = state.totals;
    this.#cachedShards = state.cachedShards;
    this.#seconds = state.seconds;
    this.paused = state.paused;
  }

  /** Returns the whole state as data, for continue-as-new. No shard may be in progress. */
  get state(): ShardLedgerState {
    return {
      limit: this.#limit,
      ready: this.#ready,
      donePrefix: this.#donePrefix,
      doneBeyond: [...this.#doneBeyond],
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
  addReady(shards: readonly number[]): void {
    for (const shard of shards) this.#addRange([shard, shard + 1]);
  }

  /**
   * Raises the number of shards that the chain needs.
   *
   * @param ready Whether those that this adds may begin
   */
  extend(limit: number, { ready }: { readonly ready: boolean }): void {
    if (limit <= this.#limit) return;
    if (ready) this.#addRange([this.#limit, limit]);
    this.#limit = limit;
  }

  #addRange([first, end]: ShardRange): void {
    const last = this.#ready.at(-1);
    if (last?.[1] === first) this.#ready[this.#ready.length - 1] = [last[0], end];
    else this.#ready.push([first, end]);
  }

  /** Shards beyond `lastShard` are needed no more. */
  stop(lastShard: number): void {
    this.#lastShard = lastShard;
    this.#ready = this.#ready
      .map(([first, end]) => [first, Math.min(end, lastShard + 1)] as const)
      .filter(([first, end]) => first < end);
  }

  /** The next shard to begin, undefined if none may. */
  take(): number | undefined {
    if (this.paused) return undefined;
    const last = this.#lastShard ?? Infinity;
    for (;;) {
      const range = this.#ready.shift();
      if (range === undefined) return undefined;
      const [first, end] = range;
      if (first + 1 < end) this.#ready.unshift([first + 1, end]);
      if (first <= last) return first;
    }
  }

  get hasReady(): boolean {
    return !this.paused && this.#ready.length > 0;
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
    totals: { candidates: 0, accepted: 0, steps: 0, successes: 0, reasons: {} },
    cachedShards: 0,
    seconds: 0,
    paused: false,
  };
}

function addTotals(totals: ShardTotals, result: ShardResult): ShardTotals {
  const reasons: Record<string, number> = { ...totals.reasons };
  for (const [reason, count] of Object.entries(result.reasons)) {
    reasons[reason] = (reasons[reason] ?? 0) + count;
  }
  return {
    candidates: totals.candidates + result.candidates,
    accepted: totals.accepted + result.accepted,
    steps: totals.steps + result.steps,
    successes: totals.successes + result.successes,
    reasons,
  };
}
