import type { PipelinePlan } from "../../pipelines/plan.ts";
import type { RunSummary } from "../types.ts";

/** A stage of the plan with what this run made of it, where it came to that. */
export interface ReportedStage {
  readonly plan: PipelinePlan["stages"][number];
  /** Absolute path of its commit, null if it has none. */
  readonly directory: string | null;
  /** Absolute path below which its shards lie, committed as a stage or not. */
  readonly place: string;
  readonly result: RunSummary["stages"][string] | null;
}
