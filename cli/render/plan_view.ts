import { join } from "node:path";
import { type JsonValue, shortKey } from "../../core/canonical.ts";
import type { StageEstimate } from "../../pipelines/mod.ts";
import type { PipelinePlan, StagePlan } from "../../pipelines/plan.ts";
import {
  factorsText,
  groupVariants,
  type VariantGroup,
} from "../../pipelines/variants/variant_groups.ts";
import type { DataRoot } from "../../runtime/data/data_root.ts";
import {
  type BucketRoot,
  checkpointsIn,
  listCheckpoints,
  readCommit,
  readStageCommit,
  shardDirectory,
} from "../../store/mod.ts";
import { formatBytes, formatCount, formatCounted } from "../../view/format.ts";
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
  { root, bucket }: DataRoot,
  plan: PipelinePlan,
  estimates: readonly StageEstimate[],
): Promise<ReadonlyMap<string, StoredStage>> {
  const found = new Map<string, StoredStage>();
  for (const [at, stage] of plan.stages.entries()) {
    const directory = join(root, stage.directory);
    if (bucket !== undefined) {
      found.set(stage.name, await findInBucket(bucket, stage, estimates[at]!.shards));
      continue;
    }
    const cached = await readStageCommit(join(root, stage.commit)) !== null;
    const shards = cached ? 0 : await countShards(directory, estimates[at]!.shards);
    const steps = cached || stage.work.shape === "sharded" ? [] : await listCheckpoints(directory);
    found.set(stage.name, { cached, shards, step: steps.at(-1) ?? 0 });
  }
  return found;
}

async function findInBucket(
  bucket: BucketRoot,
  { commit, directory, work }: StagePlan,
  expected: number,
): Promise<StoredStage> {
  if (await bucket.readStageCommit(commit) !== null) return { cached: true, shards: 0, step: 0 };
  const shards = await Array.fromAsync(
    bucket.storedShards(directory, { first: 0, end: expected }),
  );
  const steps = work.shape === "sharded" ? [] : await checkpointsIn(bucket, directory);
  return { cached: false, shards: shards.length, step: steps.at(-1) ?? 0 };
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
  const planned = plan.stages.map((stage, at) => ({
    stage,
    estimate: estimates[at]!,
    stored: stored.get(stage.name)!,
  }));
  const groups = groupVariants(planned, ({ stage }) => stage.name);
  const toRun = planned.filter(({ stored }) => !stored.cached);
  const columns = [
    { title: "stage" },
    { title: "kind" },
    { title: "key" },
    { title: "state" },
    { title: "shards", align: "right" },
    { title: "work, at least", align: "right" },
    { title: "size, at most", align: "right" },
  ] as const;
  const notes = estimates.flatMap(({ stage, note }) =>
    note === undefined ? [] : [`${stage}: ${note}`]
  );
  return [
    `Pipeline ${plan.name}, seed ${plan.seed}, digest ${shortKey(plan.digest)}`,
    "",
    renderTable(columns, groups.map(rowOf)),
    "",
    ...describeVariants(groups),
    ...(notes.length === 0 ? [] : [...notes, ""]),
    toRun.length === 0
      ? "Everything is stored: nothing will run."
      : `${toRun.length} of ${plan.stages.length} stages will run${costOf(groups, toRun)}.`,
  ].join("\n");
}

/** A stage with what it needs and what is there of it. */
interface PlannedStage {
  readonly stage: StagePlan;
  readonly estimate: StageEstimate;
  readonly stored: StoredStage;
}

type PlannedGroup = VariantGroup<PlannedStage>;

/** A stage, or all variants of one, as a row of the table. */
function rowOf({ base, stages, factors }: PlannedGroup): readonly string[] {
  const { stage, estimate, stored } = stages[0]!; // none is empty
  const total = (count: (estimate: StageEstimate) => number) =>
    stages.reduce((sum, { estimate }) => sum + count(estimate), 0);
  const shards = total(({ shards }) => shards);
  const isOne = stages.length === 1;
  return [
    isOne || factors.size === 0 ? stage.name : `${base} × ${stages.length}`,
    stage.kind,
    isOne ? shortKey(stage.manifestKey) : "",
    (isOne ? stateOf(stored) : stateOfAll(stages)) + (stage.exact === false ? ", not exact" : ""),
    shards === 0 ? "" : formatCount(shards),
    `${formatCount(total(({ count }) => count))} ${estimate.unit}`,
    formatBytes(total(({ bytes }) => bytes)),
  ];
}

function stateOfAll(stages: readonly PlannedStage[]): string {
  const cached = stages.filter(({ stored }) => stored.cached).length;
  if (cached === stages.length) return "cached";
  return cached === 0 ? "will run" : `${stages.length - cached} will run, ${cached} cached`;
}

/** Describes the factors of variants, and what all of them share. */
function describeVariants(groups: readonly PlannedGroup[]): readonly string[] {
  const multiplied = groups.filter(({ factors }) => factors.size > 0);
  if (multiplied.length === 0) return [];
  const shared = namesAbove(groups);
  const lines = multiplied.map(({ base, stages, factors }) =>
    `${base}: ${formatCounted(stages.length, "variant")}, ${factorsText(factors)}`
  );
  return [
    ...lines,
    ...(shared.length === 0 ? [] : [`Shared by all variants: ${shared.join(", ")}.`]),
    "",
  ];
}

/** Stages that depend on no variant. */
function namesAbove(groups: readonly PlannedGroup[]): readonly string[] {
  const behind = new Set<string>();
  const stages = groups.flatMap(({ stages, factors }) =>
    stages.map(({ stage }) => ({ ...stage, isVariant: factors.size > 0 }))
  );
  // Until nothing is added: groups are not in the order of the plan.
  for (let before = -1; before < behind.size;) {
    before = behind.size;
    for (const { name, from, isVariant } of stages) {
      if (isVariant || from.some((input) => behind.has(input))) behind.add(name);
    }
  }
  return stages.filter(({ name }) => !behind.has(name)).map(({ name }) => name);
}

/** The work of what will run, by its unit, where variants make it hard to add up. */
function costOf(groups: readonly PlannedGroup[], toRun: readonly PlannedStage[]): string {
  if (groups.every(({ factors }) => factors.size === 0)) return "";
  const work = new Map<string, number>();
  let bytes = 0;
  for (const { stage, estimate } of toRun) {
    bytes += estimate.bytes;
    // Checks look at the candidates that are counted already.
    if (stage.chain !== undefined && stage.chain.previous !== null) continue;
    work.set(estimate.unit, (work.get(estimate.unit) ?? 0) + estimate.count);
  }
  const counts = [...work].map(([unit, count]) => `${formatCount(count)} ${unit}`);
  return `: at least ${counts.join(", ")}, at most ${formatBytes(bytes)}`;
}

/** The plan as data, for `--plan --json`. */
export function planSummary(
  plan: PipelinePlan,
  estimates: readonly StageEstimate[],
  stored: ReadonlyMap<string, StoredStage>,
): JsonValue {
  const stages = plan.stages.map(({ name, kind, key, manifestKey, commit, exact }, at) => {
    const { shards, count, unit, bytes, note } = estimates[at]!;
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
      ...(exact === undefined ? {} : { exact }),
      ...(note === undefined ? {} : { note }),
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
  if (shards > 0) return `will run, ${formatCounted(shards, "shard")} stored`;
  if (step > 0) return `will run, from step ${formatCount(step)}`;
  return "will run";
}
