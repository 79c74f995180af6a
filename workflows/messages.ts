import { defineQuery, defineSignal } from "@temporalio/workflow";
import type { LiveProgress } from "../activities/live_progress.ts";
import type { PipelineProgress, StageProgress } from "./types.ts";

/** How the whole run stands. */
export const progressQuery = defineQuery<PipelineProgress>("progress");

/** How one stage stands, asked of its own workflow. */
export const stageProgressQuery = defineQuery<StageProgress>("stageProgress");

/** Begins nothing new; a training stops at a checkpoint. */
export const pauseSignal = defineSignal("pause");

export const resumeSignal = defineSignal("resume");

/** From a stage to its pipeline: how it stands, a few times over its life. */
export const reportSignal = defineSignal<[StageProgress]>("report");

/** From the activity of a stage without shards to its workflow: how far it is, a few times. */
export const workSignal = defineSignal<[LiveProgress]>("work");

/** From a stage to the one behind it in the chain: these shards are done. */
export const readySignal = defineSignal<[readonly number[]]>("ready");

/** From a chain's tail to the others: shards below this one are needed. */
export const extendSignal = defineSignal<[number]>("extend");

/** From a chain's tail to the others: this shard completes the dataset. */
export const stopSignal = defineSignal<[number]>("stop");
