import type { JsonValue } from "../../core/canonical.ts";
import { parametersOf } from "../../pipelines/kinds/kind.ts";
import {
  generate,
  type GenerateParameters,
  STORED_POLICY,
} from "../../pipelines/kinds/generate.ts";
import {
  type EnvironmentDefinition,
  getEnvironment,
  type LabelOptions,
  rolloutCandidates,
} from "../../sim/mod.ts";
import { writeShard } from "../../store/mod.ts";
import { LABELLED_STEPS } from "./labelled_steps.ts";
import { checkOnnxPolicy, openPolicy } from "./policy.ts";
import type { StagePlan } from "../../pipelines/plan.ts";
import type { CheckContext, OperationContext } from "./operation.ts";
import { ensureShard } from "./shard.ts";
import { countsOfTable, metricsOfTable } from "./shard_result.ts";
import type { ShardResult, ShardTask } from "../types.ts";

/** Simulates the candidates of one shard and commits them. */
export function generateShard(task: ShardTask, context: OperationContext): Promise<ShardResult> {
  const { environment: name, options, policy: form, shard, noiseKind, ...rest } = parametersOf(
    task.stage,
    generate,
  );
  const { maxSteps, randomize, actionNoise, cameras, attempts } = rest;
  const environment = getEnvironment(name, options), { policy, ...help } = actorOf(form);
  return ensureShard(task, context, async (directory) => {
    const named = typeof policy === "string" ? policy : undefined;
    await using stored = named === undefined || named === STORED_POLICY
      ? await openPolicy(task, context, cameras === undefined ? environment : oneWorld(environment))
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
      ...help,
      onProgress: context.onProgress,
    });
    const counts = countsOfTable(table);
    return writeShard(directory, table, {
      schema: environment.schema({
        randomize,
        actionNoise,
        ...(named === undefined ? {} : { policy: named }),
        cameras,
        attempts,
        ...help,
      }),
      // An expert that acts by itself is asked at every step: nothing more has to be said.
      counts: help.labels === undefined
        ? counts
        : { ...counts, [LABELLED_STEPS]: counts["steps"]! },
      metrics: metricsOfTable(table),
      attributes: attributesOf(task),
    });
  });
}

/** Checks an ONNX file against the environment. */
export async function checkGeneration(
  stage: StagePlan,
  context: CheckContext,
): Promise<void> {
  const { environment, options } = parametersOf(stage, generate);
  await checkOnnxPolicy(stage, getEnvironment(environment, options), context);
}

/** An environment whose worlds act one after another: images of many take too much memory. */
function oneWorld(environment: EnvironmentDefinition): EnvironmentDefinition {
  return { ...environment, worldsTogether: 1 };
}

/** Returns the attributes of a shard that say how it was made. */
function attributesOf({ stage }: ShardTask): Readonly<Record<string, JsonValue>> {
  const { maxSteps, randomize, actionNoise, noiseKind, policy: form, cameras, attempts } =
    parametersOf(stage, generate);
  return {
    maxSteps,
    randomize,
    actionNoise,
    ...(noiseKind === undefined ? {} : { noiseKind }),
    ...actorOf(form),
    ...(cameras === undefined ? {} : { cameras: stage.parameters["cameras"]! }),
    ...(attempts === undefined ? {} : { attempts }),
  };
}

/** The policy that acts in a stage's episodes, and the expert that helps it. */
interface Actor extends LabelOptions {
  readonly policy: string | { readonly command: string };
  readonly labels?: string;
  readonly mixture?: number;
  readonly takeover?: number;
}

function actorOf(form: GenerateParameters["policy"]): Actor {
  if (typeof form === "string" || !("from" in form)) return { policy: form };
  const { from: _, ...help } = form;
  return { policy: STORED_POLICY, ...help };
}
