import { join } from "node:path";
import { commitManifest, shardDirectory, shardsUpTo } from "../../store/mod.ts";
import type { OperationContext } from "./operation.ts";
import { ensureStage } from "./stage.ts";
import { shardedOperation } from "./stage_operations.ts";
import type { CommitTask, StageResult } from "../types.ts";

/** Commits a sharded stage as covering shards 0 … lastShard, with the figures of all of them. */
export async function commitShards(
  task: CommitTask,
  context: OperationContext,
): Promise<StageResult> {
  const { stage, lastShard, quarantined = [], cachedShards, seconds, threadSeconds } = task;
  const stageDirectory = join(context.root, task.base, stage.directory);
  const result = await ensureStage(task, context, async (directory) => {
    await context.bucket?.fillShards(join(task.base, stage.directory), lastShard + 1, {
      exact: stage.exact !== false,
    });
    const directories = shardsUpTo(lastShard, quarantined)
      .map((shard) => shardDirectory(stageDirectory, shard));
    const info = await shardedOperation(stage.kind).figures(directories, task);
    const commit = await commitManifest(stageDirectory, directory, {
      kind: stage.kind,
      lastShard,
      quarantined,
      ...info,
    });
    return { commit, resumedFrom: cachedShards > 0 ? cachedShards : null, seconds };
  });
  return result.cached ? result : { ...result, threadSeconds };
}
