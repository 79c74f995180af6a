import "./sandbox.ts";

/** Every workflow that a worker registers. */
export { nightly } from "./nightly.ts";
export { pipeline } from "./pipeline.ts";
export { shardRange } from "./shard_range.ts";
export { stageGroup } from "./stage_group.ts";
export { shardedStage } from "./sharded_stage.ts";
export { unshardedStage } from "./unsharded_stage.ts";
