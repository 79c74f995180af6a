/** The activities of a worker: each checks its task, hands it to a thread and heartbeats meanwhile. */
import type { KeyContext } from "../pipelines/compile/identity.ts";
import type { StageKindDefinition } from "../pipelines/kinds/kind.ts";
import { listKinds } from "../pipelines/kinds/mod.ts";
import type { StagePlan } from "../pipelines/plan.ts";
import {
  admitCloseRun,
  admitCommit,
  admitFindShards,
  admitOpenRun,
  admitStage,
  admitWork,
  requireOwnRun,
} from "./admit.ts";
import { openRun } from "./run.ts";
import { SlotCounter } from "./slot_counter.ts";
import { type BucketRoot, fillRecords, namedError } from "../store/mod.ts";
import { findStage } from "./stages/stage.ts";
import { runOnThread } from "./threads/on_thread.ts";
import type { ProgramOutput, ThreadPool } from "./threads/thread_pool.ts";
import type { Activities, ShardResult, StageResult, StageTask } from "./types.ts";

export { createNightlyActivities, type NightlyDependencies } from "./nightly.ts";
export { type ProgramOutput, ThreadPool, type ThreadPoolOptions } from "./threads/thread_pool.ts";
export type * from "./nightly_types.ts";
export type * from "./types.ts";

/** Dependencies of a worker's activities. */
export interface ActivityDependencies {
  /** Absolute path of the data root. */
  readonly root: string;
  /** The data root in a bucket of which that is the working root; absent where it is none's. */
  readonly bucket?: BucketRoot;
  /** Digest of the worker's code; tasks of runs that other code started are refused. */
  readonly build: string;
  readonly pool: ThreadPool;
  /** Environments, models and versions that the worker knows. */
  readonly context: KeyContext;
  /** Seconds without progress after which a shard is given up; any time if absent. */
  readonly patience?: number;
  /** Takes the lines that programs of a task write, for the log of its run; absent where none is kept. */
  readonly onOutput?: (task: StageTask, output: ProgramOutput) => void;
  /** Takes the progress that the operation of a task reports; absent where nobody watches. */
  readonly onProgress?: (task: StageTask & { shard?: number }, progress: unknown) => void;
}

/** Every activity, by the name that workflows call. Each checks what it is given first. */
export function createActivities(dependencies: ActivityDependencies): Activities {
  const { pool, onOutput: _, onProgress: __, patience: ___, ...admission } = dependencies;
  const { root, bucket } = admission, slotCounter = new SlotCounter();
  const place = { root, ...(bucket && { bucket }) };
  return {
    openRun: async (task) => await named(() => openRun(admitOpenRun(task, admission), place)),
    findStage: async (given) => {
      const task = admitStage(given, admission);
      // Thousands of files would keep this thread from its heartbeats.
      return isLong(task.stage)
        ? await runOnThread((options) => pool.run("findStage", task, options))
        : await named(() => findStage(task, place));
    },
    findShards: async (given) => {
      const task = admitFindShards(given, admission);
      // Until the head of a chain knows what is stored, no stage of the chain can do anything new.
      const ahead = (task.stage.chain?.previous ?? null) === null;
      return await runOnThread((options) => pool.run("findShards", task, { ...options, ahead }));
    },
    countSlots: async (given) => {
      admitStage(given, admission);
      return await slotCounter.count();
    },
    closeRun: async (given) => {
      const task = admitCloseRun(given, admission);
      // A worker elsewhere may have opened it.
      if (bucket !== undefined) await named(() => fillRecords(bucket, task.directory));
      requireOwnRun(task, root);
      return await runOnThread((options) => pool.run("closeRun", task, options));
    },
    commitShards: async (given) => {
      const task = admitCommit(given, admission);
      return await runOnThread((options) => pool.run("commitShards", task, options));
    },
    ...Object.fromEntries(
      listKinds().map((kind) => [kind.kind, workOf(kind, dependencies, slotCounter)]),
    ),
  };
}

/** Makes the activity of a stage kind, on its shards or its stages. */
function workOf(
  kind: StageKindDefinition,
  { pool, onOutput, onProgress, patience, ...admission }: ActivityDependencies,
  slotCounter: SlotCounter,
): (given: StageTask) => Promise<StageResult | ShardResult> {
  const isSharded = kind.work.shape === "sharded";
  const limits = isSharded && patience !== undefined ? { patience } : {};
  return async (given) => {
    const task = admitWork(given, kind, admission);
    const result = await runOnThread(
      (options) => pool.run(kind.kind, task, { ...options, ...limits }),
      {
        hosts: () => slotCounter.hosts(),
        ...("shard" in task ? { shard: `${task.stage.name}, shard ${task.shard}` } : {}),
        ...(onOutput && { onOutput: (output) => onOutput(task, output) }),
        ...(onProgress && { onProgress: (progress) => onProgress(task, progress) }),
      },
    );
    if (!isSharded) return result;
    const slots = await slotCounter.count();
    return slots === null ? result : { ...result, slots };
  };
}

/** Shards whose directories are looked at in some milliseconds. */
const FEW_SHARDS = 64;

function isLong({ chain, shards }: StagePlan): boolean {
  return (shards ?? Math.ceil((chain?.target ?? 0) / (chain?.shard ?? 1))) > FEW_SHARDS;
}

/** Converts errors of the operating system into errors of this project. */
async function named<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw namedError(error);
  }
}
