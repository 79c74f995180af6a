import { join } from "node:path";
import { listStoredShards } from "../../store/mod.ts";
import type { FindShardsTask, FoundShards } from "../types.ts";
import type { OperationContext } from "./operation.ts";
import { addShard, NO_SHARDS, shardResult } from "./shard_result.ts";

/** Finds which shards of a range are stored, and what they came to. */
export async function findShards(
  { base, stage, first, end }: FindShardsTask,
  { root, bucket, signal }: Pick<OperationContext, "root" | "bucket" | "signal">,
): Promise<FoundShards> {
  const accepted = Array.from<number | null>({ length: end - first }).fill(null);
  let totals: FoundShards["totals"] = NO_SHARDS;
  const place = join(base, stage.directory), range = { first, end };
  const stored = bucket?.storedShards(place, range) ?? listStoredShards(join(root, place), range);
  for await (const { shard, commit } of stored) {
    signal.throwIfAborted();
    const result = shardResult(shard, commit, { cached: true, seconds: 0 });
    accepted[shard - first] = result.accepted;
    totals = addShard(totals, result);
  }
  return { accepted, totals };
}
