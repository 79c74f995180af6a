import { ActivityFailure, ApplicationFailure } from "@temporalio/workflow";
import { QuarantinedShardError } from "../core/errors.ts";
import type { QuarantinedShard } from "../core/quarantine.ts";
import type { StagePlan } from "../pipelines/plan.ts";

/**
 * Shards without which a stage of a chain goes on, at most: more of them are no accident of a few
 * episodes, and each costs three workers.
 */
const FEWEST_TOO_MANY = 9, TOO_MANY = 0.01;

/** Shards that a message names. */
const NAMED = 8;

/** Returns the shard that a failure of its activity quarantines, null if the stage fails with it. */
export function quarantinedBy(
  error: unknown,
  { chain, kind }: StagePlan,
  shard: number,
): QuarantinedShard | null {
  if (chain?.quarantine !== "skip" || !(error instanceof ActivityFailure)) return null;
  const { cause } = error;
  if (!(cause instanceof ApplicationFailure)) return null;
  if (cause.type !== QuarantinedShardError.name) return null;
  const [reason] = cause.details ?? [];
  return { shard, kind, reason: typeof reason === "string" ? reason : "its workers died of it" };
}

/** Requires that the quarantined shards of a stage are few among all. */
export function requireFewQuarantined(
  stage: string,
  quarantined: readonly QuarantinedShard[],
  shardsTotal: number,
): void {
  if (!areTooMany(quarantined.length, shardsTotal)) return;
  const names = quarantined.slice(0, NAMED).map(({ shard, kind }) => `${shard} (${kind})`);
  const more = quarantined.length > NAMED ? " and others" : "";
  throw ApplicationFailure.nonRetryable(
    `Cannot go on without ${quarantined.length} of ${shardsTotal} shards of stage "${stage}": ` +
      `expected that few end their workers, found shards ${names.join(", ")}${more}: give the ` +
      "workers more memory, or look for what ends the process in the policy or environment of a " +
      "module; what is committed stays",
    QuarantinedShardError.name,
  );
}

/** Whether a stage should fail instead of skipping so many of its shards. */
export function areTooMany(quarantined: number, shardsTotal: number): boolean {
  return quarantined >= Math.max(FEWEST_TOO_MANY, TOO_MANY * shardsTotal);
}
