import type { JsonValue } from "../../core/canonical.ts";
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
    const named = typeof policy === "string" ? policy : undefined;
    await using stored = named === undefined || named === STORED_POLICY
      ? await openPolicy(task, context, environment)
      : null;
    const table = await rolloutCandidates({
      environment,
      policy: stored?.act ?? named!, // one of both
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
      schema: environment.schema({
        randomize,
        actionNoise,
        ...(named === undefined ? {} : { policy: named }),
        cameras,
        attempts,
      }),
      counts: countsOfTable(table),
      metrics: metricsOfTable(table),
      attributes: attributesOf(task),
    });
  });
}

/** Returns the attributes of a shard that say how it was made. */
function attributesOf({ stage }: ShardTask): Readonly<Record<string, JsonValue>> {
  const { maxSteps, randomize, actionNoise, noiseKind, policy, cameras, attempts } = parametersOf(
    stage,
    generate,
  );
  return {
    maxSteps,
    randomize,
    actionNoise,
    ...(noiseKind === undefined ? {} : { noiseKind }),
    policy,
    ...(cameras === undefined ? {} : { cameras: stage.parameters["cameras"]! }),
    ...(attempts === undefined ? {} : { attempts }),
  };
}
