import { parametersOf } from "../pipelines/stages.ts";
import { getEnvironment, rolloutCandidates } from "../sim/mod.ts";
import { writeShard } from "../store/mod.ts";
import type { OperationContext } from "./operations.ts";
import { openPolicy } from "./policy.ts";
import { ensureShard } from "./shard.ts";
import { countsOfTable, metricsOfTable } from "./shard_result.ts";
import type { ShardResult, ShardTask } from "./types.ts";

/** Raised when the same task writes other bytes for a reason outside of `sim/` and `learn/`. */
export const EVALUATE_CODE_VERSION = 1;

/**
 * Runs a trained policy on the unseen episodes of one shard. Where the stage tests under noise, the
 * second half of its shards is the same episodes again, with that noise.
 */
export function evaluateShard(task: ShardTask, context: OperationContext): Promise<ShardResult> {
  const { stage, shard: index } = task;
  const { environment: name, options, episodes, shard, maxSteps, randomize, ...noise } =
    parametersOf(stage, "evaluate");
  const rounds = Math.ceil(episodes / shard);
  const isNoisy = index >= rounds;
  const actionNoise = isNoisy ? noise.testNoise! : noise.actionNoise; // only then has it such shards
  const environment = getEnvironment(name, options);
  return ensureShard(task, context, async (directory) => {
    await using policy = await openPolicy(task, context.root, environment);
    const first = (index % rounds) * shard;
    const table = await rolloutCandidates({
      environment,
      policy: policy.act,
      seed: stage.seed,
      stream: stage.stream,
      first,
      count: Math.min(shard, episodes - first),
      maxSteps,
      randomize,
      actionNoise,
      onProgress: context.onProgress,
    });
    return writeShard(directory, table, {
      schema: environment.schema({ randomize, actionNoise }),
      counts: countsOfTable(table),
      metrics: metricsOfTable(table),
      attributes: {
        maxSteps,
        randomize,
        actionNoise,
      },
    });
  });
}
