import { listRuns } from "../../store/mod.ts";
import { dataRoot, displayPath, workingDirectory } from "../kit/places.ts";
import { defineCommand } from "../kit/flags.ts";
import { noteLine, printLine } from "../kit/output.ts";
import { runCommand } from "../kit/run_command.ts";
import { JSON_FLAG } from "../kit/run_flags.ts";
import { damagedPipelines, gatherRuns, runJson } from "../../runtime/run/run_list.ts";
import { renderRuns } from "../render/runs_view.ts";

export const RUNS = defineCommand({
  name: "runs",
  summary: "Lists the runs of this data directory, latest last.",
  arguments: { pipeline: { description: "List only the runs of this pipeline", optional: true } },
  flags: { ...JSON_FLAG },
  examples: [["deno task runs reach-expert", "every run of one pipeline"]],
});

if (import.meta.main) {
  await runCommand(RUNS, async ({ arguments: { pipeline }, flags: { json } }) => {
    const root = dataRoot();
    const runs = await gatherRuns(root, pipeline);
    const problems = [
      ...runs.flatMap(({ damage }) => damage === null ? [] : [damage]),
      ...(pipeline === undefined ? await damagedPipelines(root) : []),
    ];
    for (const problem of problems) noteLine(`error: ${problem}`);
    const status = problems.length > 0 ? 1 : 0;
    if (json) {
      printLine(
        JSON.stringify(runs.map((run) => runJson(run, { root, from: workingDirectory() }))),
      );
      return status;
    }
    if (runs.length === 0) {
      const others = [...new Set((await listRuns(root)).map(({ pipeline }) => pipeline))];
      printLine(
        others.length === 0
          ? `There are no runs in ${displayPath(root)}.`
          : `There are no runs of ${pipeline} in ${displayPath(root)}, only of ` +
            `${others.join(", ")}.`,
      );
      return status;
    }
    printLine(renderRuns(runs));
    if (runs.some(({ summary, damage }) => summary === null && damage === null)) {
      noteLine('For runs in progress, see "deno task status".');
    }
    return status;
  });
}
