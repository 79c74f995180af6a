import type { StagePlan } from "../plan.ts";
import type { WorkEstimate } from "./kind.ts";

/** Canonical JSON of one verdict or of one row of an evaluation, in bytes. */
export const ROW_BYTES = 160;

/** Shards and candidates of a stage of a chain, where every candidate is accepted. */
export function candidatesOf(stage: StagePlan): Pick<WorkEstimate, "shards" | "count"> {
  const { target, shard } = stage.chain!;
  const shards = Math.ceil(target / shard);
  return { shards, count: shards * shard };
}

/** Estimates a stage that writes one verdict per candidate. */
export function estimateVerdicts(stage: StagePlan): WorkEstimate {
  const { shards, count } = candidatesOf(stage);
  return { shards, count, unit: "candidates", bytes: count * ROW_BYTES };
}
