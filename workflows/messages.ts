import { defineQuery, defineSignal } from "@temporalio/workflow";
import type { LiveProgress } from "../activities/live_progress.ts";
import type { QuarantinedShard } from "../core/quarantine.ts";
import type { PipelineProgress, RangeReport, ShardRange, StageProgress } from "./types.ts";

/** Query for the progress of the whole run. */
export const progressQuery = defineQuery<PipelineProgress>("progress");

/** Query for the progress of one stage, answered by its own workflow. */
export const stageProgressQuery = defineQuery<StageProgress>("stageProgress");

/** Begins nothing new; a training stops at a checkpoint. */
export const pauseSignal = defineSignal("pause");

export const resumeSignal = defineSignal("resume");

/** Signal from a stage to its pipeline with its progress, a few times during its life. */
export const reportSignal = defineSignal<[StageProgress]>("report");

/** Signal from a group of stages to its pipeline with their progress, a few times during its life. */
export const groupReportSignal = defineSignal<[readonly StageProgress[]]>("groupReport");

/**
 * Signal from the activity of an unsharded stage to its workflow with its progress, a few times.
 */
export const workSignal = defineSignal<[LiveProgress]>("work");

/** Signal from a stage to the next one in the chain: these shards are done. */
export const readySignal = defineSignal<[readonly ShardRange[]]>("ready");

/** Signal from a stage to the next one in the chain: these shards are done, and have no episodes. */
export const skippedSignal = defineSignal<[readonly QuarantinedShard[]]>("skipped");

/** Signal from a range of shards to its stage: these are done. */
export const rangeSignal = defineSignal<[RangeReport]>("range");

/** Signal from a chain's tail to the others: shards below this one are needed. */
export const extendSignal = defineSignal<[number]>("extend");

/** Signal from a chain's tail to the others: this shard completes the dataset. */
export const stopSignal = defineSignal<[number]>("stop");
