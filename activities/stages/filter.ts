import { parametersOf } from "../../pipelines/kinds/kind.ts";
import { filter } from "../../pipelines/kinds/filter.ts";
import { checkStability, environmentOf } from "../../sim/mod.ts";
import { checkShard } from "./check.ts";
import type { OperationContext } from "./operation.ts";
import type { ShardResult, ShardTask } from "../types.ts";

/** Decides which episodes of one shard are stable. */
export function filterShard(task: ShardTask, context: OperationContext): Promise<ShardResult> {
  const { requireSuccess, limits } = parametersOf(task.stage, filter);
  return checkShard(
    task,
    context,
    (shard) => checkStability(environmentOf(shard.schema), shard.table, { requireSuccess, limits }),
  );
}
