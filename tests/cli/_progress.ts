import type { StageProgress } from "../../workflows/types.ts";
import { kindOf } from "../../pipelines/mod.ts";
import type { PipelinePlan } from "../../pipelines/plan.ts";
import type { StageResult } from "../../activities/types.ts";

const KEY = "0123456789abcdef".repeat(4);

/** A plan of the main job, as far as its progress needs it. */
export const PLAN: PipelinePlan = {
  name: "reach-expert",
  seed: 42,
  digest: KEY,
  stages: [
    chainStage("generate", [], null, "validate"),
    chainStage("validate", ["generate"], "generate", "filter"),
    chainStage("filter", ["validate"], "validate", null),
    stagePlan("merge", ["filter"]),
    stagePlan("train", ["merge"]),
    { ...stagePlan("evaluate", ["train"]), parameters: { episodes: 100 }, shards: 4 },
  ],
};

function stagePlan(kind: string, from: readonly string[]): PipelinePlan["stages"][number] {
  return {
    name: kind,
    kind,
    work: kindOf({ kind }).work,
    from,
    external: [],
    parameters: {},
    seed: 42,
    stream: kind,
    key: KEY,
    manifestKey: KEY,
    directory: `stages/${kind}-0123456789ab`,
    commit: `stages/${kind}-0123456789ab`,
  };
}

function chainStage(
  kind: string,
  from: readonly string[],
  previous: string | null,
  next: string | null,
): PipelinePlan["stages"][number] {
  const chain = {
    target: 1000,
    shard: 32,
    maxCandidates: 20_000,
    generate: "stages/generate-0123456789ab",
    seed: 0,
    previous,
    next,
  };
  return { ...stagePlan(kind, from), chain };
}

/** A stage at the start, with changes. */
export function progressOf(kind: string, changes: Partial<StageProgress> = {}): StageProgress {
  return {
    stage: kind,
    kind,
    state: "waiting",
    shardsDone: 0,
    shardsTotal: 0,
    candidates: 0,
    accepted: 0,
    steps: 0,
    successes: 0,
    reasons: {},
    result: null,
    ...changes,
  };
}

/** What a stage came to, with changes. */
export function resultOf(kind: string, changes: Partial<StageResult> = {}): StageResult {
  return {
    stage: kind,
    kind,
    key: KEY,
    digest: KEY,
    path: `stages/${kind}-0123456789ab`,
    cached: false,
    resumedFrom: null,
    seconds: 4.25,
    counts: {},
    metrics: {},
    ...changes,
  };
}
