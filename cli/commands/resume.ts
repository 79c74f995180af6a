import { dataRoot } from "../../runtime/data/data_root.ts";
import { defineCommand } from "../kit/flags.ts";
import { noteLine, printLine } from "../kit/output.ts";
import { RunClient } from "../../runtime/run/run_client.ts";
import { runCommand } from "../kit/run_command.ts";
import { noRunUnderWay, RUN_ARGUMENT, runUnderWay } from "../../runtime/run/runs_under_way.ts";
import { withServer } from "../../runtime/services/server_session.ts";
import { hasWorker } from "../../runtime/services/worker_registry.ts";

export const RESUME = defineCommand({
  name: "resume",
  summary: "Lets a paused run go on.",
  arguments: { run: RUN_ARGUMENT },
  flags: {},
  examples: [["deno task resume reach-expert", "go on where it was paused"]],
});

if (import.meta.main) {
  await runCommand(RESUME, async ({ arguments: { run: name } }) => {
    const root = dataRoot();
    await withServer(root, async ({ client, server }) => {
      const { workflowId, build } = await runUnderWay(client, root, name);
      await new RunClient(client, workflowId, true).setPaused(false);
      printLine(
        server.own && !hasWorker(root, build)
          ? `${workflowId} goes on as soon as a worker is there: deno task up`
          : `${workflowId} goes on. Watch it: deno task status ${name}`,
      );
    }, { start: true, onNote: noteLine, never: () => noRunUnderWay(root, name) });
    return 0;
  });
}
