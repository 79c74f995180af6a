import type { Duration } from "@temporalio/common";
import type { NightMode } from "../activities/night_mode.ts";
import type { LiveProgress } from "../activities/live_progress.ts";
import type { OpenedRun, RunSummary, StageResult, StageTask } from "../activities/types.ts";
import type { QuarantinedShard } from "../core/quarantine.ts";
import type { Changes } from "../pipelines/declare/overrides.ts";
import type { PipelineDeclaration } from "../pipelines/declare/graph.ts";
import type { PipelinePlan, StagePlan } from "../pipelines/plan.ts";

/** Physical task queues; which there are is decided by the resource that work needs. */
export interface Queues {
  /** generate, validate, filter, merge, evaluate, and opening and closing of runs. */
  readonly simulate: string;
  /** train, score. */
  readonly learn: string;
  /**
   * Digest of the user's programs that compute it; absent in runs that started before there were
   * any.
   */
  readonly program?: string;
}

/** Input of the `pipeline` workflow. */
export interface PipelineInput {
  readonly plan: PipelinePlan;
  /** Digest of the code that starts it. */
  readonly build: string;
  readonly queues: Queues;
  /** Least number of shards of one stage that may be in progress; more where workers have slots. */
  readonly window: number;
  /** Whether to recompute and compare with the stored results. */
  readonly rerun: boolean;
  /** The command that started it; absent if none did. */
  readonly command?: string;
  /** Changes to the declaration; absent if there are none. */
  readonly changes?: Changes;
  /** Id of the data root; absent in runs from before roots had one. */
  readonly rootId?: string;
  /** Whether the server knows the search attributes. */
  readonly searchAttributes: boolean;
}

export type StageState =
  | "waiting"
  | "running"
  | "paused"
  | "completed"
  | "cached"
  | "failed"
  | "cancelled"
  | "not needed";

/** Progress of a stage. */
export interface StageProgress {
  readonly stage: string;
  readonly kind: string;
  readonly state: StageState;
  /** Shards done and expected, or 0 if the stage has none. */
  readonly shardsDone: number;
  readonly shardsTotal: number;
  /** Candidates of the completed shards. */
  readonly candidates: number;
  readonly accepted: number;
  readonly steps: number;
  readonly successes: number;
  readonly reasons: Readonly<Record<string, number>>;
  /** Shards without which it goes on; absent where there are none. */
  readonly quarantined?: number;
  /** Last reported progress of an unsharded stage; absent before. */
  readonly work?: LiveProgress;
  /** Present once committed. */
  readonly result: StageResult | null;
}

/** Answer to the query `progress` of the `pipeline` workflow. */
export interface PipelineProgress {
  readonly run: OpenedRun | null;
  readonly paused: boolean;
  /** Stages in the order of the plan. */
  readonly stages: readonly StageProgress[];
  /**
   * Groups of variants that are running, each of which knows more about its stages; empty if there
   * are none.
   */
  readonly groups: readonly string[];
  /** Null until its end, and where there are groups: what it says is much. */
  readonly summary: RunSummary | null;
}

/** Common parts of the stages of a run, or of a group of it. */
export interface StageRunsSetup {
  readonly pipeline: string;
  readonly opened: OpenedRun;
  /** Id of the run's workflow. */
  readonly owner: string;
  readonly build: string;
  /** See {@linkcode PipelineInput.rootId}. */
  readonly rootId?: string;
  readonly queues: Queues;
  /** Least number of shards of one stage that may be in progress at the same time. */
  readonly window: number;
  readonly searchAttributes: boolean;
  /** Stages, or chains of them, in progress at a time. */
  readonly most: number;
}

/** Input of the workflow of a group of variants. */
export interface StageGroupInput extends StageRunsSetup {
  /** Stages of the group, each after its inputs. */
  readonly stages: readonly StagePlan[];
  /** Results of the inputs from outside the group, and their plans. */
  readonly inputs: readonly StageResult[];
  readonly inputStages: readonly StagePlan[];
}

/** Input of the workflow of one stage that is not sharded. */
export interface UnshardedStageInput {
  readonly task: StageTask;
  readonly queues: Queues;
  readonly searchAttributes: boolean;
}

/** Input of the workflow of one sharded stage. */
export interface ShardedStageInput extends UnshardedStageInput {
  /** Least number of shards that may be in progress at a time; more where there are slots. */
  readonly window: number;
  /** Stages, or chains of them, that share the slots; absent if there is one. */
  readonly rivals?: number;
  /** Earlier stages of the chain, for its last one, which steers them; else empty. */
  readonly upstream: readonly string[];
  /** Carried over by continue-as-new; absent at the start. */
  readonly resume?: ShardLedgerState;
  /** So too: when the first shard began, in ms since 1970. */
  readonly firstBegun?: number;
}

/** The shards from `first` on that come before `end`. */
export type ShardRange = readonly [first: number, end: number];

/** Input of the workflow of some shards of a stage. */
export interface ShardRangeInput extends UnshardedStageInput {
  /** Name of the range within its stage. */
  readonly name: string;
  /** Shards that it executes, in their order. */
  readonly shards: readonly ShardRange[];
  /** Shards that the stage needs. */
  readonly shardsTotal: number;
  readonly window: number;
  readonly rivals?: number;
  /** Slots of all workers as the stage counted them, null if unknown. */
  readonly slots: number | null;
  /** Shards in one report. */
  readonly batch: number;
  readonly paused: boolean;
}

/** Results of some shards. */
export interface ShardResults {
  /** The shards with their accepted candidates. */
  readonly done: readonly (readonly [shard: number, accepted: number])[];
  /** Shards without which the stage goes on; absent where there are none. */
  readonly quarantined?: readonly QuarantinedShard[];
  readonly totals: ShardTotals;
  readonly cachedShards: number;
  readonly seconds: number;
}

/** Report from a range of shards to its stage. */
export interface RangeReport extends ShardResults {
  /** Name of the range. */
  readonly range: string;
  /** Whether the last shard of the range has begun. */
  readonly isDrained: boolean;
  /** Slots of all workers, null if unknown. */
  readonly slots: number | null;
}

/** Everything that a sharded stage knows, as data. */
export interface ShardLedgerState {
  /**
   * Limit of the shards that may be worked on (for later stages in a chain: once the previous one
   * is done).
   */
  readonly limit: number;
  /**
   * Shards that the previous stage has finished and this one has not started, in order of arrival.
   */
  readonly ready: readonly ShardRange[];
  /** All shards below are done. */
  readonly donePrefix: number;
  /** Done shards beyond the prefix, with their accepted candidates. */
  readonly doneBeyond: readonly (readonly [shard: number, accepted: number])[];
  /** Done shards that have no episodes, because they are quarantined; absent where there are none. */
  readonly quarantined?: readonly QuarantinedShard[];
  /** Accepted candidates of the prefix. */
  readonly acceptedPrefix: number;
  /** Null until the chain's tail knows which shard completes the dataset. */
  readonly lastShard: number | null;
  readonly totals: ShardTotals;
  readonly cachedShards: number;
  readonly seconds: number;
  readonly paused: boolean;
}

/** Sums over the shards done. */
export interface ShardTotals {
  readonly candidates: number;
  readonly accepted: number;
  readonly steps: number;
  readonly successes: number;
  readonly reasons: Readonly<Record<string, number>>;
}

/** Input of the workflow `nightly`: what a schedule starts. */
export interface NightlyInput {
  /** Name of the schedule in its data directory. */
  readonly schedule: string;
  readonly declaration: PipelineDeclaration;
  readonly mode: NightMode;
  /** Local time, `HH:MM`. */
  readonly daily: string;
  /** IANA name. */
  readonly timezone: string;
  /** Interval between two checks that the run still has workers of its code, e.g. `10 minutes`. */
  readonly checkInterval: Duration;
}

/** Record of a nightly run: its result, or its memo while it is running. Null means not yet. */
export interface NightRecord {
  /** Nominal, `YYYY-MM-DD` in the schedule's time zone. */
  readonly date: string | null;
  readonly seed: number | null;
  /**
   * Whether it was computed for the first time, or computed again and compared with the stored
   * result.
   */
  readonly work: "computed" | "reproduced" | null;
  /** Workflow id of the run. */
  readonly workflowId: string | null;
  /** Run directory relative to the data root, once the run has ended. */
  readonly directory: string | null;
  /** Message of the error. */
  readonly error: string | null;
  /** Exit status of the failure command, where one ran. */
  readonly commandStatus: number | null;
}
