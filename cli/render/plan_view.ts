import { join } from "node:path";
import { type JsonValue, shortKey } from "../../core/canonical.ts";
import type { StageEstimate } from "../../pipelines/mod.ts";
import type { PipelinePlan } from "../../pipelines/plan.ts";
import { listCheckpoints, readCommit, readStageCommit, shardDirectory } from "../../store/mod.ts";
import { formatBytes, formatCount } from "../../view/format.ts";
import { renderTable } from "./table.ts";

/** Stored parts of a stage. */
export interface StoredStage {
  readonly cached: boolean;
  /** Committed shards of those that the stage needs at least. */
  readonly shards: number;
  /** Step of the newest checkpoint, 0 if there is none. */
  readonly step: number;
}

/** Looks up what is stored of each stage of a plan; reads only commits. */
export async function findStored(
  root: string,
  plan: PipelinePlan,
  estimates: readonly StageEstimate[],
): Promise<ReadonlyMap<string, StoredStage>> {
  const found = new Map<string, StoredStage>();
  for (const [at, stage] of plan.stages.entries()) {
    const cached = await readStageCommit(join(root, stage.commit)) !== null;
    const directory = join(root, stage.directory);
    const shards = cached ? 0 : await countShards(directory, estimates[at]!.shards);
    const steps = cached || stage.work.shape === "sharded" ? [] : await listCheckpoints(directory);
    found.set(stage.name, { cached, shards, step: steps.at(-1) ?? 0 });
  }
  return found;
}

async function countShards(directory: string, expected: number): Promise<number> {
  let count = 0;
  for (let shard = 0; shard < expected; shard++) {
    if (await readCommit(shardDirectory(directory, shard)) !== null) count++;
  }
  return count;
}

/** The plan as a table: what is there, what will run, and how much that is. */
export function renderPlan(
  plan: PipelinePlan,
  estimates: readonly StageEstimate[],
  stored: ReadonlyMap<string, StoredStage>,
): string {
  const rows = plan.stages.map((stage, at) => {
    const { shards, count, unit, bytes } = estimates[at]!;
    return [
      stage.name,
      stage.kind,
      shortKey(stage.manifestKey),
      stateOf(stored.get(stage.name)!),
      shards === 0 ? "" : formatCount(shards),
      `${formatCount(count)} ${unit}`,
      formatBytes(bytes),
    ];
  });
  const toRun = [...stored.values()].filter(({ cached }) => !cached).length;
  const columns = [
    { title: "stage" },
    { title: "kind" },
    { title: "key" },
    { title: "state" },
    { title: "shards", align: "right" },
    { title: "work, at least", align: "right" },
    { title: "size, at most", align: "right" },
  ] as const;
  return [
    `Pipeline ${plan.name}, seed ${plan.seed}, digest ${shortKey(plan.digest)}`,
    "",
    renderTable(columns, rows),
    "",
    toRun === 0
      ? "Everything is stored: nothing will run."
      : `${toRun} of ${plan.stages.length} stages will run.`,
  ].join("\n");
}

/** The plan as data, for `--plan --json`. */
export function planSummary(
  plan: PipelinePlan,
  estimates: readonly StageEstimate[],
  stored: ReadonlyMap<string, StoredStage>,
): JsonValue {
  const stages = plan.stages.map(({ name, kind, key, manifestKey, commit }, at) => {
    const { shards, count, unit, bytes } = estimates[at]!;
    const { cached, shards: storedShards, step } = stored.get(name)!;
    const state = { cached, storedShards, storedStep: step };
    return [name, {
      kind,
      key,
      manifestKey,
      path: commit,
      ...state,
      shards,
      count,
      unit,
      bytes,
    }] as const;
  });
  return {
    pipeline: plan.name,
    seed: plan.seed,
    digest: plan.digest,
    stages: Object.fromEntries(stages),
  };
}

function stateOf({ cached, shards, step }: StoredStage): string {
  if (cached) return "cached";
  if (shards > 0) return `will run, ${formatCount(shards)} shards stored`;
  if (step > 0) return `will run, from step ${formatCount(step)}`;
  return "will run";
}
