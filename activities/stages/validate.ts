import { environmentOf, validateEpisodes, type ValidationOptions } from "../../sim/mod.ts";
import { checkShard } from "./check.ts";
import type { OperationContext } from "./operation.ts";
import type { ShardResult, ShardTask } from "../types.ts";

/** Checks that the episodes of one shard are what their environment records. */
export function validateShard(task: ShardTask, context: OperationContext): Promise<ShardResult> {
  return checkShard(task, context, (shard) => {
    // generateShard() wrote them: maxSteps, randomize, actionNoise, policy, cameras.
    const options = shard.commit.attributes as ValidationOptions;
    return validateEpisodes(environmentOf(shard.schema), shard.table, options);
  });
}
