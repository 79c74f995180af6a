import { isServed } from "../../activities/task_queue.ts";
import { rememberServer } from "../data/root_identity.ts";
import { withServer, workflowUi } from "../services/server_session.ts";
import { queueNames } from "./run_identity.ts";
import { RunClient } from "./run_client.ts";
import type { ExecuteOptions, RunnableRun, RunOutcome } from "./run_options.ts";
import { findOpenedRun } from "./runs_under_way.ts";

/** Submits a run, or finds the equal one under way: workers that others start carry it out. */
export async function submitRun(
  { root, plan, build, changes }: RunnableRun,
  { environment, rerun, command, onNote }: ExecuteOptions,
): Promise<RunOutcome> {
  return await withServer(root, async ({ client, server }) => {
    rememberServer(root, server);
    const request = {
      ...{ root, plan, build, rerun, changes },
      // Whoever continues it by the command wants a worker.
      ...(command === undefined ? {} : { command: command.replace(/ --no-worker(?= |$)/, "") }),
    };
    const { workflowId } = await RunClient.open(client, request, onNote);
    if (!await isServed(client, queueNames(root, build).workflows, "workflow")) {
      onNote("No worker of this version asks for work yet");
    }
    const { address, namespace } = server;
    return {
      status: "submitted",
      summary: null,
      temporal: { address, namespace, workflowId, ui: workflowUi(server, workflowId) },
      place: await findOpenedRun(root, { pipeline: plan.name, workflowId }),
    };
  }, { environment, start: true, onNote });
}
