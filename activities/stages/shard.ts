import { monotonicMs } from "../../core/monotonic.ts";
import { join, relative } from "node:path";
import { acquireLock, type Commit, readCommit, shardDirectory } from "../../store/mod.ts";
import { fillInputs } from "./fill_inputs.ts";
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
  { root, bucket }: OperationContext,
  write: (directory: string) => Promise<Commit>,
): Promise<ShardResult> {
  const stageDirectory = join(root, task.base, task.stage.directory);
  const directory = shardDirectory(stageDirectory, task.shard);
  const place = relative(root, directory), exactness = { exact: task.stage.exact !== false };
  await bucket?.fill(place, exactness);
  const committed = await readCommit(directory);
  if (committed) {
    const kept = await bucket?.push(place, exactness) ?? committed;
    return shardResult(task.shard, kept, { cached: true, seconds: 0 });
  }
  await using _lock = await acquireLock(stageDirectory, task.owner);
  await fillInputs(task, bucket);
  const started = monotonicMs();
  const commit = await write(directory);
  const seconds = (monotonicMs() - started) / 1000;
  const kept = await bucket?.push(place, exactness) ?? commit;
  return shardResult(task.shard, kept, { cached: false, seconds });
}
