import type { EpisodeTable, Verdict } from "../../core/episode.ts";
import type { Commit } from "../../store/mod.ts";
import type { FoundShards, ShardResult } from "../types.ts";

/** Counts of a simulated shard, kept in its commit. */
export function countsOfTable(table: EpisodeTable): Record<string, number> {
  return {
    candidates: table.lengths.length,
    accepted: table.lengths.length,
    ...(table.episode["attempt"] === undefined
      ? {}
      : { retries: sum(numbersOf(table, "attempt")) }),
    steps: sum(table.lengths),
    successes: sum(numbersOf(table, "success")),
  };
}

/** Figures of a simulated shard, kept in its commit. */
export function metricsOfTable(table: EpisodeTable): Record<string, number> {
  return { mean_reward: sum(numbersOf(table, "return")) / table.lengths.length };
}

/** Counts of a checked shard, kept in its commit; those of what was checked go along. */
export function countsOfVerdicts(
  verdicts: readonly Verdict[],
  checked: Commit,
): Record<string, number> {
  const accepted = verdicts.filter((verdict) => verdict.accepted).length;
  return { ...checked.counts, accepted };
}

/** Refused candidates by reason. */
export function countReasons(verdicts: readonly Verdict[]): Record<string, number> {
  const reasons: Record<string, number> = {};
  for (const { reason } of verdicts) {
    if (reason !== null) reasons[reason] = (reasons[reason] ?? 0) + 1;
  }
  return reasons;
}

/** Converts the commit of a shard to the result that the workflow counts. */
export function shardResult(
  shard: number,
  commit: Pick<Commit, "attributes" | "counts">,
  { cached, seconds }: { readonly cached: boolean; readonly seconds: number },
): ShardResult {
  const { candidates = 0, accepted = 0, steps = 0, successes = 0 } = commit.counts;
  // Only validate and filter shards have reasons; their writer made them such a record.
  const reasons = (commit.attributes["reasons"] ?? {}) as Record<string, number>;
  return { shard, candidates, accepted, steps, successes, reasons, cached, seconds };
}

/** The sums over no shards. */
export const NO_SHARDS: FoundShards["totals"] = {
  candidates: 0,
  accepted: 0,
  steps: 0,
  successes: 0,
  reasons: {},
};

/** The sums over some shards and one more. */
export function addShard(
  totals: FoundShards["totals"],
  { candidates, accepted, steps, successes, reasons: added }: FoundShards["totals"],
): FoundShards["totals"] {
  const reasons = { ...totals.reasons };
  for (const [reason, count] of Object.entries(added)) {
    reasons[reason] = (reasons[reason] ?? 0) + count;
  }
  return {
    candidates: totals.candidates + candidates,
    accepted: totals.accepted + accepted,
    steps: totals.steps + steps,
    successes: totals.successes + successes,
    reasons,
  };
}

/** An episode field of scalars, as numbers. */
export function numbersOf(table: EpisodeTable, field: string): number[] {
  return Array.from(table.episode[field]?.data ?? [], Number);
}

function sum(values: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i]!;
  return total;
}
