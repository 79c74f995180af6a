import { readOpenedRun } from "../../activities/run.ts";
import { dataRoot, displayPath, environmentVariables } from "../kit/places.ts";
import { defineCommand } from "../kit/flags.ts";
import { noteLine, printLine } from "../kit/output.ts";
import { unnamedServer } from "../../runtime/data/root_identity.ts";
import { missingWorkers } from "../../runtime/run/missing_workers.ts";
import { RunClient } from "../../runtime/run/run_client.ts";
import { runCommand } from "../kit/run_command.ts";
import { JSON_FLAG } from "../kit/run_flags.ts";
import {
  listOpenRuns,
  listRunsUnderWay,
  RUN_ARGUMENT,
  type RunUnderWay,
  selectRun,
  withRunUnderWay,
} from "../../runtime/run/runs_under_way.ts";
import {
  type ServerSession,
  withServer,
  workflowUi,
} from "../../runtime/services/server_session.ts";
import { describeUi } from "../../runtime/services/ui_place.ts";
import { listWorkers } from "../../runtime/services/worker_registry.ts";
import { renderStatus, type RunStatus, statusJson } from "../render/status_view.ts";

export const STATUS = defineCommand({
  name: "status",
  summary: "Shows running pipelines on this data directory, stage by stage.",
  arguments: { run: { ...RUN_ARGUMENT, optional: true } },
  flags: { ...JSON_FLAG },
  examples: [
    ["deno task status", "every running pipeline"],
    ["deno task status reach-expert --json | jq '.[0].stages'", "one of them, for scripts"],
  ],
});

if (import.meta.main) {
  await runCommand(STATUS, async ({ arguments: { run: name }, flags: { json } }) => {
    const root = await dataRoot(), elsewhere = unnamedServer(root, environmentVariables());
    if (elsewhere !== null) noteLine(elsewhere);
    const options = { environment: environmentVariables(), onNote: noteLine };
    const statuses = name === undefined
      ? await withServer(root, async (session) => {
        const runs = await listRunsUnderWay(session.client, root);
        return await Promise.all(runs.map((run) => statusOf(root, session, run)));
      }, {
        ...options,
        start: true,
        never: () => [],
        absent: async () =>
          await Promise.all((await listOpenRuns(root)).map((run) => statusOf(root, null, run))),
      })
      : [
        await withRunUnderWay(root, name, (session) => statusOf(root, session, session.run), {
          ...options,
          absent: async () =>
            await statusOf(root, null, selectRun(await listOpenRuns(root), name, root)),
        }),
      ];
    if (json) printLine(JSON.stringify(statuses.map(statusJson)));
    else if (statuses.length > 0) printLine(statuses.map(renderStatus).join("\n\n"));
    else {
      printLine(
        `No pipeline is running on ${displayPath(root)}. For finished runs: deno task runs`,
      );
    }
    return 0;
  });
}

/** @param session With the server; null if none runs */
async function statusOf(
  root: string,
  session: ServerSession | null,
  run: RunUnderWay,
): Promise<RunStatus> {
  const view = session && await new RunClient(session.client, run.workflowId, true).view();
  const place = view?.run ?? run.place;
  const opened = place && await readOpenedRun(root, place.directory);
  const plan = opened?.plan ?? null;
  const missing = session === null || view === null
    ? []
    : await missingWorkers(session.client, root, { run, view, plan });
  const ui = session && workflowUi(session.server, run.workflowId);
  return {
    run,
    view,
    place,
    plan,
    missing,
    command: opened?.command ?? null,
    kernels: [...new Set(listWorkers(root).flatMap(({ kernels }) => kernels ?? []))],
    ui,
    uiPlace: await describeUi(ui, session?.server.own ?? false),
    served: session !== null,
  };
}
