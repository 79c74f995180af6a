import { monotonicMs } from "../../core/monotonic.ts";
import { join } from "node:path";
import { acquireLock, type Commit, readCommit, shardDirectory } from "../../store/mod.ts";
import type { OperationContext } from "./operation.ts";
import { shardResult } from "./shard_result.ts";
import type { ShardResult, ShardTask } from "../types.ts";

/**
 * The result of a shard: what is committed, else what `write` commits now, under the lock of the
 * stage.
 *
 * @param write Writes and commits the shard in the given directory
 */
export async function ensureShard(
  task: ShardTask,
  { root }: OperationContext,
  write: (directory: string) => Promise<Commit>,
): Promise<ShardResult> {
  const stageDirectory = join(root, task.base, task.stage.directory);
  const directory = shardDirectory(stageDirectory, task.shard);
  const committed = await readCommit(directory);
  if (committed) return shardResult(task.shard, committed, { cached: true, seconds: 0 });
  await using _lock = await acquireLock(stageDirectory, task.owner);
  const started = monotonicMs();
  const commit = await write(directory);
  const seconds = (monotonicMs() - started) / 1000;
  return shardResult(task.shard, commit, { cached: false, seconds });
}
