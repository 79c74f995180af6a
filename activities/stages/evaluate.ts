import { parametersOf } from "../../pipelines/kinds/kind.ts";
import { evaluate, evaluationConditions } from "../../pipelines/kinds/evaluate.ts";
import {
  type EnvironmentDefinition,
  getEnvironment,
  type Randomize,
  rolloutCandidates,
} from "../../sim/mod.ts";
import { writeShard } from "../../store/mod.ts";
import type { CheckContext, OperationContext } from "./operation.ts";
import { policyName } from "../../pipelines/kinds/policy.ts";
import type { StagePlan } from "../../pipelines/plan.ts";
import { checkOnnxPolicy, openPolicy } from "./policy.ts";
import { ensureShard } from "./shard.ts";
import { countsOfTable, metricsOfTable } from "./shard_result.ts";
import type { ShardResult, ShardTask } from "../types.ts";

/**
 * Runs a trained policy on the unseen episodes of one shard. Where the stage tests under noise or
 * pushes, its further shards are the same episodes again, with these.
 */
export function evaluateShard(task: ShardTask, context: OperationContext): Promise<ShardResult> {
  const { stage, shard: index } = task;
  const { environment: name, options, episodes, shard, maxSteps, ...rest } = parametersOf(
    stage,
    evaluate,
  );
  const shards = Math.ceil(episodes / shard);
  const condition = evaluationConditions(rest)[Math.floor(index / shards)]!;
  // Only an evaluation with testNoise has this condition, so it is set.
  const actionNoise = condition === "noisy" ? rest.testNoise! : rest.actionNoise;
  const environment = getEnvironment(name, options);
  const randomize = condition === "pushed"
    ? withKick(environment, rest.randomize, rest.testPush!)
    : rest.randomize;
  return ensureShard(task, context, async (directory) => {
    const named = typeof rest.policy === "object" ? policyName(rest.policy) : undefined;
    await using stored = named === undefined ? await openPolicy(task, context, environment) : null;
    const first = (index % shards) * shard;
    const table = await rolloutCandidates({
      environment,
      policy: stored?.act ?? named!, // one of both
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
      schema: environment.schema({
        randomize,
        actionNoise,
        ...(named === undefined ? {} : { policy: named }),
      }),
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

/** Adds a regular push of a given force to the randomization. */
function withKick(
  { randomization }: EnvironmentDefinition,
  randomize: Randomize,
  newtons: number,
): Randomize {
  const varied = typeof randomize === "object" ? randomize : Object.fromEntries(
    randomization.map(({ name, default: isDefault }) => [name, randomize && isDefault] as const),
  );
  return { ...varied, kick: [newtons, newtons] };
}

/** Checks an ONNX file against the environment. */
export async function checkEvaluation(
  stage: StagePlan,
  context: CheckContext,
): Promise<void> {
  const { environment, options } = parametersOf(stage, evaluate);
  await checkOnnxPolicy(stage, getEnvironment(environment, options), context);
}
