import { join } from "node:path";
import { QUARANTINED } from "../../core/quarantine.ts";
import type { StagePlan } from "../../pipelines/plan.ts";
import { type BucketRoot, type Exactness, fillNewRun, shardDirectory } from "../../store/mod.ts";
import { requireExternal } from "../admit.ts";
import type { CloseRunTask, ShardTask, StageResult, StageTask } from "../types.ts";

/** Fills the working root of a data root in a bucket with what activities read. */

/** Fills it with what a stage, or one of its shards, reads. */
export async function fillInputs(
  task: StageTask | ShardTask,
  bucket: BucketRoot | undefined,
): Promise<void> {
  if (bucket === undefined) return;
  if (task.directory !== "") await fillNewRun(bucket, task.directory); // for its log
  const { base, stage, inputs, inputStages } = task;
  const plans = new Map(inputStages.map((plan) => [plan.name, plan]));
  for (const external of stage.external) {
    await bucket.fillStage(external.path, { exact: false });
    requireExternal(external, bucket.root);
  }
  for (const input of inputs) await fillResult(bucket, base, input, plans.get(input.stage)!);
  if (!("shard" in task)) return;
  // Those of a chain advance together: there is no result yet.
  const places = [
    ...(stage.chain === undefined ? [] : [stage.chain.generate]),
    ...inputStages.filter(({ chain }) => chain !== undefined).map(({ directory }) => directory),
  ].map((directory) => shardDirectory(join(base, directory), task.shard));
  const exactness = exactnessOf(stage);
  for (const place of new Set(places)) await bucket.fill(place, exactness);
}

/** Fills it with what the stages of a run came to, which the report of the run shows. */
export async function fillResults(
  { plan, base, stages, rerun }: CloseRunTask,
  bucket: BucketRoot,
): Promise<void> {
  const plans = new Map(plan.stages.map((stage) => [stage.name, stage]));
  for (const result of stages) {
    const stage = plans.get(result.stage)!; // a stage of the run
    await fillResult(bucket, base, result, stage);
    // A rerun compares it with what is stored.
    if (rerun) await bucket.fill(stage.commit, exactnessOf(stage));
  }
}

/**
 * Fills it with what stages came to; where one is not committed yet, with the shards that are.
 *
 * @param base Directory of `stages/` in the data root
 */
export async function fillStages(
  bucket: BucketRoot,
  base: string,
  stages: readonly StagePlan[],
): Promise<void> {
  for (const stage of stages) {
    const place = join(base, stage.commit), commit = await bucket.readCommit(place);
    if (commit !== null) {
      await fillResult(bucket, base, { path: place, counts: commit.counts }, stage);
    } else if (stage.work.shape === "sharded") {
      await bucket.fillStoredShards(join(base, stage.directory), exactnessOf(stage));
    }
  }
}

async function fillResult(
  bucket: BucketRoot,
  base: string,
  { path, counts }: Pick<StageResult, "path" | "counts">,
  stage: StagePlan,
): Promise<void> {
  const { chain } = stage, exactness = exactnessOf(stage);
  await bucket.fillStage(path, exactness);
  // Verdicts alone: the episodes are in the shards of the chain's first stage.
  if (chain === undefined || chain.previous === null) return;
  const shards = (counts["shards"] ?? 0) + (counts[QUARANTINED] ?? 0);
  await bucket.fillShards(join(base, chain.generate), shards, exactness);
}

function exactnessOf({ exact }: StagePlan): Exactness {
  return { exact: exact !== false };
}
