import type { JsonValue } from "../core/canonical.ts";
import type { QuarantinedShard } from "../core/quarantine.ts";
import type { Changes } from "../pipelines/declare/overrides.ts";
import type { PipelinePlan, StagePlan } from "../pipelines/plan.ts";

/**
 * Facts about its stage that every activity needs. It crosses Temporal, so it holds locations,
 * never arrays.
 */
export interface StageTask {
  /** Directory of the run, relative to the data root: logs of the work go there. */
  readonly directory: string;
  /** Directory of `stages/` in the data root: "" or `reruns/0003`. */
  readonly base: string;
  readonly stage: StagePlan;
  /** Results of the input stages, in the order of `stage.from`. */
  readonly inputs: readonly StageResult[];
  /** Plans of the input stages, in the same order (their directories hold the shards). */
  readonly inputStages: readonly StagePlan[];
  /** Pipeline workflow that holds the lock of the stage. */
  readonly owner: string;
  /** Digest of the code that started the run; another worker refuses with `CodeChangedError`. */
  readonly build: string;
  /** Id of the data root that the run belongs to; absent in runs from before roots had one. */
  readonly rootId?: string;
}

/** One shard of a sharded stage. */
export interface ShardTask extends StageTask {
  readonly shard: number;
}

/** Result of one shard. */
export interface ShardResult {
  readonly shard: number;
  readonly candidates: number;
  /** Candidates that this stage lets pass (all of them for generate and evaluate). */
  readonly accepted: number;
  /** Control steps simulated or checked. */
  readonly steps: number;
  /** Successes among the candidates; what a progress line shows. */
  readonly successes: number;
  /** Refused candidates by reason. */
  readonly reasons: Readonly<Record<string, number>>;
  /** True where the shard had been committed before. */
  readonly cached: boolean;
  readonly seconds: number;
  /** Slots of all workers that take such shards; absent where they are not known. */
  readonly slots?: number;
}

/** Looks for the shards `first` … `end − 1` of a stage in the store. */
export interface FindShardsTask extends StageTask {
  readonly first: number;
  readonly end: number;
}

/** Shards of a {@linkcode FindShardsTask} that are stored. */
export interface FoundShards {
  /** Accepted candidates of each shard, null where it is not stored. */
  readonly accepted: readonly (number | null)[];
  /** Sums over the stored ones. */
  readonly totals: Pick<
    ShardResult,
    "candidates" | "accepted" | "steps" | "successes" | "reasons"
  >;
}

/** Commits a sharded stage as covering shards 0 … lastShard. */
export interface CommitTask extends StageTask {
  readonly lastShard: number;
  /** Shards up to the last that the chain goes without, ascending; absent where there are none. */
  readonly quarantined?: readonly QuarantinedShard[];
  /** Shards that had been there before this run. */
  readonly cachedShards: number;
  /** Elapsed since the first shard began. */
  readonly seconds: number;
  /** Sum of what each shard took on its thread. */
  readonly threadSeconds: number;
}

/** A committed stage. */
export interface StageResult {
  readonly stage: string;
  readonly kind: string;
  readonly key: string;
  readonly digest: string;
  /** Relative to the data root; holds `commit.json`. */
  readonly path: string;
  readonly cached: boolean;
  /**
   * First shard or step that this run computed of work that an earlier run had started, otherwise
   * null.
   */
  readonly resumedFrom: number | null;
  /** Elapsed from the beginning of its work to its commit, pauses included; 0 if cached. */
  readonly seconds: number;
  /** Time that the shards of a sharded stage took on their threads, summed (s). */
  readonly threadSeconds?: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly metrics: Readonly<Record<string, number | string>>;
}

/** Progress of a training; heartbeat details of `train`, and the result of a paused one. */
export interface TrainingProgress {
  readonly step: number;
  readonly steps: number;
  readonly loss: number;
  readonly learningRate: number;
  readonly stepsPerSecond: number;
}

/** Opens a numbered run directory, or finds the one that this workflow opened before. */
export interface OpenRunTask {
  readonly workflowId: string;
  /** First execution of the chain: distinguishes two runs of the same workflow id. */
  readonly firstExecutionRunId: string;
  readonly plan: PipelinePlan;
  readonly build: string;
  readonly rerun: boolean;
  /** The command that started it; absent if none did. */
  readonly command?: string;
  /** Changes to the declaration; absent if there are none. */
  readonly changes?: Changes;
  /** See {@linkcode StageTask.rootId}. */
  readonly rootId?: string;
}

export interface OpenedRun {
  readonly run: number;
  /** Relative to the data root, `runs/<pipeline>/<0001>`. */
  readonly directory: string;
  /** See {@linkcode StageTask.base}. */
  readonly base: string;
}

/** Ends a run: writes `run.json` and `report.html`. */
export interface CloseRunTask extends OpenedRun {
  readonly plan: PipelinePlan;
  readonly status: "completed" | "failed" | "cancelled";
  readonly error: RunError | null;
  readonly stages: readonly StageResult[];
  /** Stages that a look which had decided made unnecessary; absent where there are none. */
  readonly notNeeded?: readonly string[];
  readonly seconds: number;
  readonly workflowId: string;
  /** See {@linkcode OpenRunTask.firstExecutionRunId}; absent in runs that older code started. */
  readonly firstExecutionRunId?: string;
  readonly build: string;
  /** See {@linkcode StageTask.rootId}. */
  readonly rootId?: string;
  /** Digests are compared with the stored ones; a difference makes the summary a failed one. */
  readonly rerun: boolean;
}

export interface RunError {
  readonly stage: string | null;
  readonly name: string;
  readonly message: string;
}

/** Result of a stage in a summary. */
export interface SummarizedStage extends Omit<StageResult, "stage"> {
  /** See `StagePlan.exact`. */
  readonly exact?: false;
}

/** The content of `run.json` and of `--json`; `temporal` is added by the command line. */
export interface RunSummary {
  readonly pipeline: string;
  readonly run: number;
  readonly status: "completed" | "failed" | "cancelled";
  readonly digest: string;
  readonly directory: string;
  readonly seconds: number;
  readonly error?: RunError;
  readonly stages: Readonly<Record<string, SummarizedStage>>;
  /** Stages that did not have to run because a look had decided; absent if there are none. */
  readonly notNeeded?: readonly string[];
  /** Stages that were stored and could thus differ, for a rerun that found no difference. */
  readonly compared?: readonly string[];
  /** Stages that a rerun found to differ, as stages may that are not exact; absent if there are none. */
  readonly differed?: readonly string[];
  readonly temporal?: Readonly<Record<string, JsonValue>>;
}

/**
 * Activities that workflows call, other than those of stages, which have the name of their kind.
 * Each is idempotent by (stage key, shard).
 */
export interface Activities {
  openRun(task: OpenRunTask): Promise<OpenedRun>;
  closeRun(task: CloseRunTask): Promise<RunSummary>;
  /** The stored result of a stage, null if it is not committed. */
  findStage(task: StageTask): Promise<StageResult | null>;
  /** The shards of a range that are stored. */
  findShards(task: FindShardsTask): Promise<FoundShards>;
  /** The slots of all workers that take shards of a stage, null if they are not known. */
  countSlots(task: StageTask): Promise<number | null>;
  commitShards(task: CommitTask): Promise<StageResult>;
}

/** Activities of sharded kinds, by the name of the kind. */
export interface ShardActivities {
  [kind: string]: (task: ShardTask) => Promise<ShardResult>;
}

/** Activities of kinds without shards, by the name of the kind. */
export interface WholeActivities {
  [kind: string]: (task: StageTask) => Promise<StageResult>;
}
