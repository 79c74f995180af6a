import { dataRoot, environmentVariables } from "../kit/places.ts";
import { defineCommand } from "../kit/flags.ts";
import { noteLine, printLine } from "../kit/output.ts";
import { RunClient } from "../../runtime/run/run_client.ts";
import { runCommand } from "../kit/run_command.ts";
import { RUN_ARGUMENT, withRunUnderWay } from "../../runtime/run/runs_under_way.ts";
import { nameOf } from "../../runtime/run/run_identity.ts";

export const PAUSE = defineCommand({
  name: "pause",
  summary: "Pauses a running pipeline.",
  description: "Shards in progress finish; training saves a checkpoint and waits.",
  arguments: { run: RUN_ARGUMENT },
  flags: {},
  examples: [["deno task pause reach-expert", "free the cores for something else"]],
});

if (import.meta.main) {
  await runCommand(PAUSE, async ({ arguments: { run: name } }) => {
    const root = await dataRoot();
    await withRunUnderWay(root, name, async ({ client, run }) => {
      await new RunClient(client, run.workflowId, true).setPaused(true);
      printLine(
        `${nameOf(run)} is pausing; work in progress is being committed.\nContinue: deno ` +
          `task resume ${name}`,
      );
    }, { environment: environmentVariables(), onNote: noteLine });
    return 0;
  });
}
