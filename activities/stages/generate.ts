import { parametersOf } from "../../pipelines/kinds/kind.ts";
import { generate, STORED_POLICY } from "../../pipelines/kinds/generate.ts";
import { getEnvironment, rolloutCandidates } from "../../sim/mod.ts";
import { writeShard } from "../../store/mod.ts";
import { openPolicy } from "./policy.ts";
import type { OperationContext } from "./operation.ts";
import { ensureShard } from "./shard.ts";
import { countsOfTable, metricsOfTable } from "./shard_result.ts";
import type { ShardResult, ShardTask } from "../types.ts";

/** Simulates the candidates of one shard and commits them. */
export function generateShard(task: ShardTask, context: OperationContext): Promise<ShardResult> {
  const {
    environment: name,
    options,
    policy,
    shard,
    maxSteps,
    randomize,
    actionNoise,
    noiseKind,
    cameras,
    attempts,
  } = parametersOf(task.stage, generate);
  const environment = getEnvironment(name, options);
  return ensureShard(task, context, async (directory) => {
    await using stored = policy === STORED_POLICY
      ? await openPolicy(task, context.root, environment)
      : null;
    const table = await rolloutCandidates({
      environment,
      policy: stored?.act ?? policy,
      seed: task.stage.seed,
      stream: task.stage.stream,
      first: task.shard * shard,
      count: shard,
      maxSteps,
      randomize,
      actionNoise,
      ...(noiseKind === undefined ? {} : { noiseKind }),
      cameras,
      attempts,
      onProgress: context.onProgress,
    });
    return writeShard(directory, table, {
      schema: environment.schema({ randomize, actionNoise, policy, cameras, attempts }),
      counts: countsOfTable(table),
      metrics: metricsOfTable(table),
      attributes: {
        maxSteps,
        randomize,
        actionNoise,
        ...(noiseKind === undefined ? {} : { noiseKind }),
        policy,
        ...(cameras === undefined ? {} : { cameras: task.stage.parameters["cameras"]! }),
        ...(attempts === undefined ? {} : { attempts }),
      },
    });
  });
}
