import type { PipelinePlan } from "../../pipelines/plan.ts";
import type { RunSummary } from "../types.ts";

/** Stage of the plan with its result in this run, if it has one. */
export interface ReportedStage {
  readonly plan: PipelinePlan["stages"][number];
  /** Absolute path of its commit, null if it has none. */
  readonly directory: string | null;
  /** Absolute path of the directory with its shards, whether or not the stage is committed. */
  readonly place: string;
  readonly result: RunSummary["stages"][string] | null;
}
