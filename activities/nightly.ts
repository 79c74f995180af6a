import { join } from "node:path";
import { getClient } from "@temporalio/activity";
import { freshSeed } from "../pipelines/fresh_seed.ts";
import { applyOverrides, type PipelineDeclaration } from "../pipelines/mod.ts";
import type { PipelinePlan } from "../pipelines/plan.ts";
import { type BucketRoot, readCommit } from "../store/mod.ts";
import type { RunMemo } from "../workflows/run_options.ts";
import { admitFailureCommand, admitPlanNight, admitTakeOver } from "./admit_night.ts";
import { nightDate } from "./night_date.ts";
import type { FailureTask, NightlyActivities, NightPlan, NightTask } from "./nightly_types.ts";
import { isServed } from "./task_queue.ts";

/** Dependencies of a data directory's nightly runs on the process that they run in. */
export interface NightlyDependencies {
  /** Absolute path of the data root. */
  readonly root: string;
  /** The data root in a bucket of which that is the working root; absent where it is none's. */
  readonly bucket?: BucketRoot;
  /** Digest of this code. */
  readonly build: string;
  /** @throws {InvalidInputError} If this code refuses the declaration */
  compile(declaration: PipelineDeclaration): Promise<PipelinePlan>;
  /** The workflow that carries a plan out on the queues of this code. */
  start(plan: PipelinePlan, rerun: boolean): Omit<NightPlan, "date">;
  /** See {@linkcode NightlyActivities.runFailureCommand}. */
  runFailureCommand(task: FailureTask): Promise<number | null>;
}

/** The activities of the workflow `nightly`, for the code and the data of one worker. */
export function createNightlyActivities(dependencies: NightlyDependencies): NightlyActivities {
  return {
    planNight: async (task) => await planNight(admitPlanNight(task), dependencies),
    takeOver: async (task) => await takeOver(admitTakeOver(task).workflowId, dependencies.build),
    runFailureCommand: async (task) =>
      await dependencies.runFailureCommand(admitFailureCommand(task)),
  };
}

async function planNight(task: NightTask, dependencies: NightlyDependencies): Promise<NightPlan> {
  const { daily, timezone } = task, nominal = Temporal.Instant.from(task.nominal);
  const date =
    (daily === undefined
      ? nominal.toZonedDateTimeISO(timezone).toPlainDate()
      : nightDate({ time: daily, timezone }, nominal)).toString();
  const fresh = task.mode === "fresh";
  const declaration = fresh
    ? applyOverrides(task.declaration, { seed: freshSeed(task.declaration.seed ?? 0, date) })
    : task.declaration;
  const plan = await dependencies.compile(declaration);
  // There must be something to compare with: the first night computes it.
  const rerun = !fresh && await isStored(plan, dependencies);
  return { date, ...dependencies.start(plan, rerun) };
}

async function isStored(
  { stages }: PipelinePlan,
  { root, bucket }: Pick<NightlyDependencies, "root" | "bucket">,
): Promise<boolean> {
  for (const { commit } of stages) {
    const found = await (bucket?.readCommit(commit) ?? readCommit(join(root, commit)));
    if (found === null) return false;
  }
  return true;
}

async function takeOver(workflowId: string, build: string): Promise<boolean> {
  const client = getClient();
  const handle = client.workflow.getHandle(workflowId);
  const { memo, status, taskQueue, runId, type } = await handle.describe();
  const started: RunMemo = memo ?? {};
  // The id comes over the network: what is no run of a pipeline is not ours to end.
  if (type !== "pipeline" || status.name !== "RUNNING" || started.build === build) return false;
  if (await isServed(client, taskQueue, "workflow")) return false;
  await client.workflow.getHandle(workflowId, runId).terminate(
    `Started by build ${started.build?.slice(0, 12) ?? "unknown"}, which no worker runs any more`,
  );
  return true;
}
