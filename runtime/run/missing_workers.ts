import type { Client } from "@temporalio/client";
import { isServed } from "../../activities/task_queue.ts";
import type { PipelinePlan } from "../../pipelines/plan.ts";
import type { ProgressView } from "./progress.ts";
import { queueNames } from "./run_identity.ts";
import type { RunUnderWay } from "./runs_under_way.ts";

/**
 * Returns the kinds of work of a run that wait for a worker while none asks for any, as
 * `--queues` of "deno task worker" names them.
 *
 * @param run Of this data directory
 * @param view Its progress, as a worker of it told
 */
export async function missingWorkers(
  client: Client,
  root: string,
  { run, view, plan }: {
    readonly run: Pick<RunUnderWay, "build">;
    readonly view: ProgressView;
    readonly plan: PipelinePlan | null;
  },
): Promise<readonly string[]> {
  if (run.build === null) return [];
  const queues = queueNames(root, run.build);
  const running = view.stages.filter(({ state }) => state === "running").map(({ stage }) => stage);
  const needed = (plan?.stages ?? []).filter(({ name }) => running.includes(name))
    .map(({ work }) => work.resource);
  // Runs are opened by those that simulate.
  if (view.run === null) needed.push("simulate");
  const found = [...new Set(needed)].map(async (resource) =>
    await isServed(client, queues[resource], "activity") ? [] : [resource]
  );
  return (await Promise.all(found)).flat();
}
