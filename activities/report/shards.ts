import { listShards, shardDirectory } from "../../store/mod.ts";
import type { ReportedStage } from "./reported_stage.ts";

/**
 * Absolute directories of the shards of a sharded stage: those that its commit covers or, where the
 * run ended before there was one, those that are committed themselves.
 */
export function shardsOf({ directory, place, result }: ReportedStage): string[] {
  if (directory === null) return listShards(place);
  const covered = result?.counts["shards"] ?? 0;
  return Array.from({ length: covered }, (_, shard) => shardDirectory(place, shard));
}
