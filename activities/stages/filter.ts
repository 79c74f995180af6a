import { parametersOf } from "../../pipelines/declare/stages.ts";
import { checkStability, environmentOf } from "../../sim/mod.ts";
import { checkShard } from "./check.ts";
import type { OperationContext } from "./operations.ts";
import type { ShardResult, ShardTask } from "../types.ts";

/** Raised when the same task writes other bytes for a reason outside of `sim/`. */
export const FILTER_CODE_VERSION = 1;

/** Decides which episodes of one shard are stable. */
export function filterShard(task: ShardTask, context: OperationContext): Promise<ShardResult> {
  const { requireSuccess, limits } = parametersOf(task.stage, "filter");
  return checkShard(
    task,
    context,
    (shard) => checkStability(environmentOf(shard.schema), shard.table, { requireSuccess, limits }),
  );
}
