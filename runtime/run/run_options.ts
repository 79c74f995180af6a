import type { RunSummary } from "../../activities/types.ts";
import type { Environment } from "../../infra/temporal/connection.ts";
import type { RunLocation } from "../../store/mod.ts";
import type { PreparedRun } from "../prepare/prepared_run.ts";
import type { ProgressView } from "./progress.ts";

/** Signals by which a person stops a command; see `watchInterrupts()`. */
export interface Interrupts {
  /** First signal: commit work in progress, and leave the run resumable. */
  readonly drain: AbortSignal;
  /** Second signal: stop at once. */
  readonly kill: AbortSignal;
}

/** Part of a prepared run that is needed to execute it. */
export type RunnableRun = Omit<PreparedRun, "context">;

export interface ExecuteOptions {
  /** Variables of the process. */
  readonly environment: Environment;
  /** Whether to compute again and compare with what is stored. */
  readonly rerun: boolean;
  /** Command that requested it, for the report; absent if a program did. */
  readonly command?: string;
  /** Threads of the worker that is started; the machine's cores if absent. */
  readonly concurrency: number | undefined;
  /** Whether to leave server and worker running. */
  readonly keep: boolean;
  /** Whether only to submit the run, and to start no worker; false if absent. */
  readonly submit?: boolean;
  /** Whether to stay until the run ends, instead of only making sure that it continues. */
  readonly follow: boolean;
  readonly interrupts: Interrupts;
  readonly onProgress: (view: ProgressView) => void;
  readonly onNote: (text: string) => void;
}

/** Address at which a run can be watched. */
export interface TemporalPlace {
  readonly address: string;
  readonly namespace: string;
  readonly workflowId: string;
  readonly ui: string | null;
}

/** Outcome of a command's part in a run. */
export interface RunOutcome {
  /**
   * `kept`: left running; `submitted`: left to workers that others start; `interrupted`: stopped by
   * the person, resumable.
   */
  readonly status: RunSummary["status"] | "interrupted" | "kept" | "submitted";
  /** Present where the run itself ended and could say how. */
  readonly summary: RunSummary | null;
  /** Null if all of its stages were stored, so that no server had to carry it out. */
  readonly temporal: TemporalPlace | null;
  /** Location of a run that was left running, once it has its directory; otherwise null. */
  readonly place: RunLocation | null;
}
