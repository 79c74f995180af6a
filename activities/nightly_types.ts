import type { NightMode } from "./night_mode.ts";
import type { PipelineDeclaration } from "../pipelines/declare/graph.ts";
import type { PipelineInput } from "../workflows/types.ts";

/** One night of a schedule. */
export interface NightTask {
  /** Declaration as it was written: later code compiles it. */
  readonly declaration: PipelineDeclaration;
  readonly mode: NightMode;
  /** When the night was due, ISO 8601, however late it begins. */
  readonly nominal: string;
  /** Local time, `HH:MM`; absent if an open night of older code asks. */
  readonly daily?: string;
  /** IANA name. */
  readonly timezone: string;
}

/** Plan of a nightly run with this code and this data. */
export interface NightPlan {
  /** `YYYY-MM-DD` in the schedule's time zone. */
  readonly date: string;
  /** Id of the pipeline workflow to start. */
  readonly workflowId: string;
  readonly taskQueue: string;
  readonly input: PipelineInput;
}

/** Task of the failure command. */
export interface FailureTask {
  readonly schedule: string;
  readonly pipeline: string;
  /** Nominal date, null if the night failed before it was known. */
  readonly date: string | null;
  readonly error: { readonly name: string; readonly message: string };
  /** Run directory relative to the data root, null if no run was opened. */
  readonly directory: string | null;
}

/** The activities of the workflow `nightly`. */
export interface NightlyActivities {
  planNight(task: NightTask): Promise<NightPlan>;
  /**
   * Ends a run that other code left open and that no worker serves any more, so that this code can
   * continue from what it committed.
   *
   * @returns Whether it did
   */
  takeOver(task: { readonly workflowId: string }): Promise<boolean>;
  /** Runs the failure command of a schedule. @returns Its exit status, null if it has none */
  runFailureCommand(task: FailureTask): Promise<number | null>;
}
