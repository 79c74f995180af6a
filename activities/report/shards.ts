import { QUARANTINED } from "../../core/quarantine.ts";
import {
  listShards,
  readCommitSync,
  readQuarantined,
  shardDirectory,
  shardsUpTo,
} from "../../store/mod.ts";
import type { ReportedStage } from "./reported_stage.ts";

/**
 * Absolute directories of the shards of a sharded stage: those that its commit covers or, where the
 * run ended before there was one, those that are committed themselves.
 */
export function shardsOf({ directory, place, result }: ReportedStage): string[] {
  if (directory === null) return listShards(place);
  const covered = result?.counts["shards"] ?? 0;
  const commit = result?.counts[QUARANTINED] === undefined ? null : readCommitSync(directory);
  const quarantined = commit === null ? [] : readQuarantined(directory, commit);
  return shardsUpTo(covered + quarantined.length - 1, quarantined)
    .map((shard) => shardDirectory(place, shard));
}
