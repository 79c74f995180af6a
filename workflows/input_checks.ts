import { ApplicationFailure, workflowInfo } from "@temporalio/workflow";
import { z } from "zod";
import type { LiveProgress } from "../activities/live_progress.ts";
import { InvalidInputError } from "../core/errors.ts";
import type { QuarantinedShard } from "../core/quarantine.ts";
import {
  checkInput,
  NAME,
  objectOf,
  PIPELINE_PLAN,
  STAGE_NAME,
  STAGE_PLAN,
} from "../pipelines/plan_schema.ts";
import {
  BUILD,
  CHANGES,
  MAX_INPUTS,
  OPENED_RUN,
  QUARANTINED_SHARDS,
  ROOT_ID,
  SHARD_COUNT,
  STAGE_RESULT,
  STAGE_TASK,
  TEXT,
  WORKFLOW_ID,
} from "../pipelines/task_schema.ts";
import type {
  NightlyInput,
  PipelineInput,
  Queues,
  RangeReport,
  ShardedStageInput,
  ShardLedgerState,
  ShardRange,
  ShardRangeInput,
  ShardTotals,
  StageGroupInput,
  StageProgress,
  UnshardedStageInput,
} from "./types.ts";

/**
 * Checks the inputs of workflows and their signals: anyone who can reach the Temporal server can
 * send some. Activities check again before they touch files (`activities/admit.ts`); here a run
 * ends before it starts.
 */

const COUNT = z.int().min(0).max(Number.MAX_SAFE_INTEGER);

const QUEUE = z.string().regex(/^[\w.-]{1,255}$/, { error: "expected the name of a task queue" });

const QUEUES = objectOf<Queues>({
  simulate: QUEUE,
  learn: QUEUE,
  program: QUEUE.exactOptional(),
});

/**
 * Schema of the shards in progress at a time: bounded by the events that a history takes between
 * two tasks.
 */
const WINDOW = z.int().min(1).max(4096);

const PIPELINE_INPUT = objectOf<PipelineInput>({
  plan: PIPELINE_PLAN,
  build: BUILD,
  queues: QUEUES,
  window: WINDOW,
  rerun: z.boolean(),
  command: TEXT.exactOptional(),
  changes: CHANGES.exactOptional(),
  rootId: ROOT_ID.exactOptional(),
  searchAttributes: z.boolean(),
});

const STAGE_GROUP_INPUT = objectOf<StageGroupInput>({
  pipeline: NAME,
  opened: OPENED_RUN,
  owner: WORKFLOW_ID,
  build: BUILD,
  rootId: ROOT_ID.exactOptional(),
  queues: QUEUES,
  window: WINDOW,
  searchAttributes: z.boolean(),
  most: z.int().min(1).max(4096),
  stages: z.array(STAGE_PLAN).min(1).max(4096),
  inputs: z.array(STAGE_RESULT).max(MAX_INPUTS),
  inputStages: z.array(STAGE_PLAN).max(MAX_INPUTS),
}).refine(({ stages, inputs, inputStages }) => {
  const known = new Set(inputStages.map(({ name }) => name));
  const isGiven = inputs.length === known.size && inputs.every(({ stage }) => known.has(stage));
  return isGiven && stages.every(({ name, from }) => {
    const isAfter = from.every((input) => known.has(input)) && !known.has(name);
    known.add(name);
    return isAfter;
  });
}, { error: "expected stages that come after their inputs, which are given" });

const UNSHARDED_STAGE = { task: STAGE_TASK, queues: QUEUES, searchAttributes: z.boolean() };

const UNSHARDED_STAGE_INPUT = objectOf<UnshardedStageInput>(UNSHARDED_STAGE);

const REASONS = z.record(z.string().max(255), COUNT);

const RANGES: z.ZodType<readonly ShardRange[]> = z.array(
  z.tuple([SHARD_COUNT, SHARD_COUNT]).refine(([first, end]) => first < end, {
    error: "expected a range with shards",
  }),
).max(100_000);

const DONE = z.array(z.tuple([SHARD_COUNT, COUNT])).max(100_000);

const TOTALS = objectOf<ShardTotals>({
  candidates: COUNT,
  accepted: COUNT,
  steps: COUNT,
  successes: COUNT,
  reasons: REASONS,
});

const SLOTS = z.int().min(0).max(1_000_000).nullable();

const RIVALS = z.int().min(1).max(100_000);

const LEDGER = objectOf<ShardLedgerState>({
  limit: SHARD_COUNT,
  ready: RANGES,
  donePrefix: SHARD_COUNT,
  doneBeyond: DONE,
  quarantined: QUARANTINED_SHARDS.exactOptional(),
  acceptedPrefix: COUNT,
  lastShard: SHARD_COUNT.nullable(),
  totals: TOTALS,
  cachedShards: COUNT,
  seconds: z.number().min(0),
  paused: z.boolean(),
});

const SHARDED_STAGE_INPUT = objectOf<ShardedStageInput>({
  ...UNSHARDED_STAGE,
  window: WINDOW,
  rivals: RIVALS.exactOptional(),
  upstream: z.array(STAGE_NAME).max(64),
  resume: LEDGER.exactOptional(),
  firstBegun: z.number().min(0).exactOptional(),
}).refine(({ task: { stage } }) => stage.chain !== undefined || stage.shards !== undefined, {
  error: "expected a stage with shards",
});

const SHARD_RANGE_INPUT = objectOf<ShardRangeInput>({
  ...UNSHARDED_STAGE,
  name: z.string().regex(/^shards-\d{1,12}$/, { error: "expected the name of a range" }),
  shards: RANGES,
  shardsTotal: SHARD_COUNT,
  window: WINDOW,
  rivals: RIVALS.exactOptional(),
  slots: SLOTS,
  batch: SHARD_COUNT.min(1),
  paused: z.boolean(),
});

/** Loose: schedules outlive the code that made them, and may say more than this knows. */
const NIGHTLY_INPUT = z.object({
  schedule: NAME,
  declaration: z.object({ name: NAME, seed: COUNT.optional() }),
  mode: z.enum(["reproduce", "fresh"]),
  timezone: z.string().regex(/^[\w+/-]{1,64}$/, { error: "expected a time zone" }),
  checkInterval: z.union([z.string().max(64), z.number().min(1)]),
});

/** Input schemas by workflow name. */
const INPUTS = {
  pipeline: PIPELINE_INPUT,
  stageGroup: STAGE_GROUP_INPUT,
  unshardedStage: UNSHARDED_STAGE_INPUT,
  shardedStage: SHARDED_STAGE_INPUT,
  shardRange: SHARD_RANGE_INPUT,
  nightly: NIGHTLY_INPUT as unknown as z.ZodType<NightlyInput>, // the rest is the compiler's to check
} as const;

/**
 * Checks what a workflow was started with.
 *
 * @throws {ApplicationFailure} Of type `InvalidInputError`, which ends the workflow at once
 */
export function requireInput<Name extends keyof typeof INPUTS>(name: Name, input: unknown): void {
  try {
    checkInput<unknown>(`the input of workflow ${name}`, INPUTS[name], input);
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    throw ApplicationFailure.nonRetryable(error.message, error.name);
  }
}

/**
 * Id of the pipeline that a stage belongs to.
 *
 * @throws {ApplicationFailure} If something else started it
 */
export function requireParent(): string {
  const { parent } = workflowInfo();
  if (parent !== undefined) return parent.workflowId;
  throw ApplicationFailure.nonRetryable(
    "Cannot carry out a stage by itself: expected a pipeline that starts it, found none: start " +
      "runs by the commands of this project",
    "InvalidInputError",
  );
}

const LIVE_PROGRESS = objectOf<LiveProgress>({
  done: z.number(),
  total: z.number(),
  loss: z.number().exactOptional(),
});

/** Whether a signal says how far the work of a stage is. */
export function isLiveProgress(value: unknown): value is LiveProgress {
  return LIVE_PROGRESS.safeParse(value).success;
}

/** Schema of the progress that a stage may report; its result comes from its workflow alone. */
const STAGE_PROGRESS = z.object({
  stage: STAGE_NAME,
  kind: NAME,
  state: z.enum([
    "waiting",
    "running",
    "paused",
    "completed",
    "cached",
    "failed",
    "cancelled",
    "not needed",
  ]),
  shardsDone: SHARD_COUNT,
  shardsTotal: SHARD_COUNT,
  candidates: COUNT,
  accepted: COUNT,
  steps: COUNT,
  successes: COUNT,
  reasons: REASONS,
  quarantined: SHARD_COUNT.exactOptional(),
  work: LIVE_PROGRESS.exactOptional(),
});

/** Returns whether a signal reports the progress of a stage. */
export function isStageProgress(value: unknown): value is StageProgress {
  return STAGE_PROGRESS.safeParse(value).success;
}

/** Whether a signal names a shard, or how many there are. */
export function isShardCount(value: unknown): value is number {
  return SHARD_COUNT.safeParse(value).success;
}

/** Whether a signal names shards. */
export function areShardRanges(value: unknown): value is readonly ShardRange[] {
  return RANGES.safeParse(value).success;
}

/** Whether a signal names shards without which a chain goes on. */
export function areQuarantined(value: unknown): value is readonly QuarantinedShard[] {
  return QUARANTINED_SHARDS.safeParse(value).success;
}

const RANGE_REPORT = objectOf<RangeReport>({
  range: z.string().max(255),
  isDrained: z.boolean(),
  slots: SLOTS,
  done: DONE,
  quarantined: QUARANTINED_SHARDS.exactOptional(),
  totals: TOTALS,
  cachedShards: COUNT,
  seconds: z.number().min(0),
});

/** Whether a signal is the report of a range of shards. */
export function isRangeReport(value: unknown): value is RangeReport {
  return RANGE_REPORT.safeParse(value).success;
}
