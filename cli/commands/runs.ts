import { join } from "node:path";
import type { RunSummary } from "../../activities/types.ts";
import { shortKey } from "../../core/canonical.ts";
import { listRuns, readRun } from "../../store/mod.ts";
import { formatSeconds } from "../../view/format.ts";
import { dataRoot, displayPath } from "../../runtime/data/data_root.ts";
import { defineCommand } from "../kit/flags.ts";
import { noteLine, printLine } from "../kit/output.ts";
import { runCommand } from "../kit/run_command.ts";
import { JSON_FLAG } from "../kit/run_flags.ts";
import { locateSummary } from "../../runtime/run/locate_summary.ts";
import { renderTable } from "../render/table.ts";

export const RUNS = defineCommand({
  name: "runs",
  summary: "Lists the runs of this data directory.",
  arguments: { pipeline: { description: "Only runs of this pipeline", optional: true } },
  flags: { ...JSON_FLAG },
  examples: [["deno task runs reach-expert", "every run of one pipeline"]],
});

if (import.meta.main) {
  await runCommand(RUNS, async ({ arguments: { pipeline }, flags: { json } }) => {
    const root = dataRoot();
    const runs = await Promise.all(
      (await listRuns(root, pipeline)).map(async ({ pipeline, run, directory }) => {
        // What closeRun() wrote; null while the run goes on, or where it was killed.
        const summary = await readRun(root, directory) as RunSummary | null;
        return { pipeline, run, directory, summary };
      }),
    );
    if (json) {
      printLine(
        JSON.stringify(
          runs.map(({ summary, ...run }) =>
            summary === null
              ? { ...run, directory: displayPath(join(root, run.directory)) }
              : locateSummary(root, summary)
          ),
        ),
      );
      return 0;
    }
    if (runs.length === 0) {
      const others = [...new Set((await listRuns(root)).map(({ pipeline }) => pipeline))];
      printLine(
        others.length === 0
          ? `There are no runs in ${displayPath(root)}.`
          : `There are no runs of ${pipeline} in ${displayPath(root)}: there are some of ` +
            `${others.join(", ")}.`,
      );
      return 0;
    }
    const rows = runs.map(({ pipeline, run, directory, summary }) => [
      `${pipeline}/${run}`,
      summary?.status ?? "not ended",
      summary === null ? "" : formatSeconds(summary.seconds),
      summary === null ? "" : shortKey(summary.digest),
      directory,
    ]);
    printLine(renderTable([
      { title: "run" },
      { title: "status" },
      { title: "time", align: "right" },
      { title: "digest" },
      { title: "directory" },
    ], rows));
    if (runs.some(({ summary }) => summary === null)) {
      noteLine('Of runs that have not ended, "deno task status" tells more.');
    }
    return 0;
  });
}
