import { join } from "node:path";
import { QUARANTINED } from "../../core/quarantine.ts";
import type { StagePlan } from "../../pipelines/plan.ts";
import { parametersOf } from "../../pipelines/kinds/kind.ts";
import { merge } from "../../pipelines/kinds/merge.ts";
import {
  DEFAULT_CHUNK,
  holdOut,
  mergeDatasets,
  type MergeInput,
  type MergeOptions,
  readCommit,
  readQuarantined,
  shardDirectory,
  shardsUpTo,
} from "../../store/mod.ts";
import { LABELLED_STEPS, labelledSteps } from "./labelled_steps.ts";
import type { OperationContext } from "./operation.ts";
import { ensureStage } from "./stage.ts";
import type { StageResult, StageTask } from "../types.ts";

/** Writes the accepted episodes of all inputs as one dataset. */
export function mergeStage(task: StageTask, context: OperationContext): Promise<StageResult> {
  const { root, signal, onProgress, spareThreads = 0 } = context;
  const { seed, stream } = task.stage;
  return ensureStage(task, context, async (directory) => {
    const inputs = await Promise.all(
      task.inputStages.map((input) => mergeInput(input, join(root, task.base))),
    );
    const labelled = await labelledStepsOf(inputs);
    const gone = inputs.reduce((sum, { quarantined = [] }) => sum + quarantined.length, 0);
    const counts: Record<string, number> = {};
    if (labelled > 0) counts[LABELLED_STEPS] = labelled;
    if (gone > 0) counts[QUARANTINED] = gone;
    const { chunk = DEFAULT_CHUNK } = parametersOf(task.stage, merge);
    const split = splitOf(task), threads = 1 + spareThreads;
    const options = { seed, stream, split, chunk, threads, counts, signal, onProgress };
    return { commit: await mergeDatasets(directory, inputs, options) };
  });
}

/** Labelled steps of every shard that the inputs were taken from, once if two share it. */
async function labelledStepsOf(inputs: readonly MergeInput[]): Promise<number> {
  const shards = new Set(
    inputs.flatMap(({ directory, lastShard, quarantined = [] }) =>
      shardsUpTo(lastShard, quarantined).map((shard) => shardDirectory(directory, shard))
    ),
  );
  let steps = 0;
  for (const shard of shards) steps += labelledSteps((await readCommit(shard))!); // merged with them
  return steps;
}

/** The split of each input, or the share of each split. */
function splitOf({ stage, inputStages }: StageTask): MergeOptions["split"] {
  const { split, splitByInput, holdout } = parametersOf(stage, merge);
  if (splitByInput !== undefined) return inputStages.map(({ name }) => splitByInput[name]!);
  if (holdout === undefined) return split;
  // Only chains are inputs of a merge.
  return holdOut(inputStages.reduce((sum, { chain }) => sum + chain!.target, 0), holdout);
}

/** The accepted episodes of a chain, by its last stage. */
async function mergeInput(tail: StagePlan, base: string): Promise<MergeInput> {
  // The workflow starts a merge when its inputs are committed, and only chains are inputs of it.
  const manifest = (await readCommit(join(base, tail.commit)))!, chain = tail.chain!;
  const quarantined = readQuarantined(join(base, tail.commit), manifest);
  return {
    name: tail.name,
    directory: join(base, chain.generate),
    verdicts: chain.previous === null ? null : join(base, tail.directory),
    lastShard: manifest.counts["shards"]! + quarantined.length - 1,
    quarantined,
    limit: chain.target,
    seed: chain.seed,
  };
}
