import { join } from "node:path";
import type { Verdict } from "../../core/episode.ts";
import {
  readShard,
  readVerdicts,
  type Shard,
  shardDirectory,
  writeVerdicts,
} from "../../store/mod.ts";
import type { OperationContext } from "./operation.ts";
import { ensureShard } from "./shard.ts";
import { countReasons, countsOfVerdicts } from "./shard_result.ts";
import type { ShardResult, ShardTask } from "../types.ts";

/**
 * Checks the candidates of one shard and commits the verdicts. What an earlier check of the chain
 * refused stays refused, with that check's reason.
 */
export function checkShard(
  task: ShardTask,
  context: OperationContext,
  check: (shard: Shard) => Verdict[] | Promise<Verdict[]>,
): Promise<ShardResult> {
  return ensureShard(task, context, async (directory) => {
    const shard = await readShard(episodesOf(task, context.root));
    const before = await earlierVerdicts(task, context.root);
    const verdicts = (await check(shard)).map((verdict, i) =>
      before?.[i]?.accepted === false ? before[i] : verdict
    );
    return writeVerdicts(directory, verdicts, {
      counts: countsOfVerdicts(verdicts, shard.commit),
      attributes: { reasons: countReasons(verdicts) },
    });
  });
}

function episodesOf(task: ShardTask, root: string): string {
  return shardDirectory(join(root, task.base, task.stage.chain!.generate), task.shard);
}

function earlierVerdicts(task: ShardTask, root: string): Promise<readonly Verdict[] | null> {
  const input = task.inputStages[0];
  if (input === undefined || input.chain?.previous === null) return Promise.resolve(null);
  return readVerdicts(shardDirectory(join(root, task.base, input.directory), task.shard));
}
