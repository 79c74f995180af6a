import type { ShardResult } from "../activities/types.ts";
import type { QuarantinedShard } from "../core/quarantine.ts";
import type { ShardResults, ShardTotals } from "./types.ts";

/** The sums over no shards. */
export const NO_TOTALS: ShardTotals = {
  candidates: 0,
  accepted: 0,
  steps: 0,
  successes: 0,
  reasons: {},
};

/** The results of no shards. */
export const NO_RESULTS: ShardResults = {
  done: [],
  totals: NO_TOTALS,
  cachedShards: 0,
  seconds: 0,
};

/** The sums over some shards and others. */
export function addTotals(totals: ShardTotals, added: ShardTotals): ShardTotals {
  const reasons: Record<string, number> = { ...totals.reasons };
  for (const [reason, count] of Object.entries(added.reasons)) {
    reasons[reason] = (reasons[reason] ?? 0) + count;
  }
  return {
    candidates: totals.candidates + added.candidates,
    accepted: totals.accepted + added.accepted,
    steps: totals.steps + added.steps,
    successes: totals.successes + added.successes,
    reasons,
  };
}

/** Number of shards that results are of. */
export function countResults({ done, quarantined = [] }: ShardResults): number {
  return done.length + quarantined.length;
}

/** The results of some shards and of one that has none. */
export function addQuarantined(results: ShardResults, shard: QuarantinedShard): ShardResults {
  return { ...results, quarantined: [...results.quarantined ?? [], shard] };
}

/** The results of some shards and of one more. */
export function addResults(results: ShardResults, result: ShardResult): ShardResults {
  const { shard, accepted, cached, seconds } = result;
  return {
    ...results,
    done: [...results.done, [shard, accepted]],
    totals: addTotals(results.totals, result),
    cachedShards: results.cachedShards + (cached ? 1 : 0),
    seconds: results.seconds + seconds,
  };
}
