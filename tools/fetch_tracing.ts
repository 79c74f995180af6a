import { defineCommand } from "../cli/kit/flags.ts";
import { noteLine, printLine } from "../cli/kit/output.ts";
import { runCommand } from "../cli/kit/run_command.ts";
import { tracingModules } from "../runtime/watch/tracing.ts";

const TRACES = defineCommand({
  name: "traces",
  summary: "Downloads the packages for OpenTelemetry traces, before their first use.",
  arguments: {},
  flags: {},
  examples: [["deno task traces", "while there is a network"]],
});

await runCommand(TRACES, async () => {
  await tracingModules(noteLine);
  printLine("The packages for traces are there.");
  return 0;
});
