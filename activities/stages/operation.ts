import type { StagePlan } from "../../pipelines/plan.ts";
import type { BucketRoot, CommitInfo, ImportedPolicy } from "../../store/mod.ts";
import type { CommitTask, ShardResult, ShardTask, StageResult, StageTask } from "../types.ts";

/** Place where an operation works, and the means to stop and watch it. */
export interface OperationContext {
  /** Absolute path of the data root. */
  readonly root: string;
  /** The data root in a bucket of which that is the working root; absent where it is none's. */
  readonly bucket?: BucketRoot;
  /** The wall clock, for what is outside of every digest. */
  readonly now: () => Date;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: unknown) => void;
  /** Takes a line that a program of the stage wrote, for the log of the run; absent where none is kept. */
  readonly onOutput?: (line: string, source: "stdout" | "stderr") => void;
  /** Threads beside its own on which the operation may compute; none if absent. */
  readonly spareThreads?: number;
}

/** Work of one stage on the data root, or of one shard of it. */
export type Operation<Task, Result> = (task: Task, context: OperationContext) => Promise<Result>;

/** What a check before a run knows beside the stage. */
export interface CheckContext {
  /** Absolute path of the data root. */
  readonly root: string;
  /** ONNX policies that are not in the data root yet. */
  readonly policyFiles: readonly PolicyFileContent[];
  /** Plans of its input stages, in the order of `stage.from`. */
  readonly inputs: readonly StagePlan[];
}

/** An ONNX policy that will be copied into the data root. */
export interface PolicyFileContent extends ImportedPolicy {
  /** Path that it will have, relative to the data root. */
  readonly path: string;
  /** Name of the file, for messages. */
  readonly name: string;
}

/** Checks of a stage before its run. */
export interface StageCheck {
  /**
   * Checks what only stored data can tell.
   *
   * @throws {InvalidInputError} If the stage could not succeed
   */
  readonly check?: (stage: StagePlan, context: CheckContext) => Promise<void>;
}

/** Operation of an unsharded kind. */
export interface WholeOperation extends StageCheck {
  readonly run: Operation<StageTask, StageResult>;
}

/** Operation of a sharded kind: its work on each shard, and the figures of all shards. */
export interface ShardedOperation extends StageCheck {
  readonly shard: Operation<ShardTask, ShardResult>;
  /**
   * Computes the figures to commit with the stage, from the directories of its committed shards.
   */
  readonly figures: (
    directories: readonly string[],
    task: CommitTask,
  ) => Promise<Partial<CommitInfo>>;
}
