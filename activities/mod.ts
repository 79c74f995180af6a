/** The activities of a worker: each hands its task to a thread and heartbeats meanwhile. */
import { requireBuild, runOnThread } from "./threads/on_thread.ts";
import { openRun } from "./run.ts";
import { findStage } from "./stages/stage.ts";
import { namedError } from "../store/mod.ts";
import type { ThreadPool } from "./threads/thread_pool.ts";
import { listKinds } from "../pipelines/kinds/mod.ts";
import type { Activities, StageTask } from "./types.ts";

export { createNightlyActivities, type NightlyDependencies } from "./nightly.ts";
export { ThreadPool, type ThreadPoolOptions } from "./threads/thread_pool.ts";
export type * from "./nightly_types.ts";
export type * from "./types.ts";

/** What the activities of a worker work with. */
export interface ActivityDependencies {
  /** Absolute path of the data root. */
  readonly root: string;
  /** Digest of the worker's code; tasks of runs that other code started are refused. */
  readonly build: string;
  readonly pool: ThreadPool;
}

/** Every activity, by the name that workflows call. */
export function createActivities(dependencies: ActivityDependencies): Activities {
  const { root, build } = dependencies;
  return {
    openRun(task) {
      requireBuild(task, build);
      return named(() => openRun(task, root));
    },
    findStage(task) {
      requireBuild(task, build);
      return named(() => findStage(task, root));
    },
    closeRun: (task) =>
      runOnThread(dependencies, task, (pool, options) => pool.run("closeRun", task, options)),
    commitShards: (task) =>
      runOnThread(dependencies, task, (pool, options) => pool.run("commitShards", task, options)),
    ...Object.fromEntries(
      listKinds().map(({ kind }) => [
        kind,
        (task: StageTask) =>
          runOnThread(dependencies, task, (pool, options) => pool.run(kind, task, options)),
      ]),
    ),
  };
}

/** What the operating system refuses, in words of ours. */
async function named<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw namedError(error);
  }
}
