import { InvalidInputError } from "../../core/errors.ts";
import { listRuns, writeFileAtomically } from "../../store/mod.ts";
import { dataRoot, displayPath, workingDirectory } from "../kit/places.ts";
import { defineCommand } from "../kit/flags.ts";
import { formatCounted } from "../../view/format.ts";
import { checkPlace, makeParent } from "../../runtime/data/output_place.ts";
import { noteLine, printLine, writeText } from "../kit/output.ts";
import { runCommand } from "../kit/run_command.ts";
import { JSON_FLAG } from "../kit/run_flags.ts";
import {
  damagedPipelines,
  damagedRoot,
  gatherRuns,
  type ListedRun,
  runJson,
} from "../../runtime/run/run_list.ts";
import { csvText, tabulateRuns, writeParquet } from "../../runtime/run/run_table.ts";
import { renderRuns } from "../render/runs_view.ts";

export const RUNS = defineCommand({
  name: "runs",
  summary: "Lists the runs of this data directory, latest last.",
  arguments: { pipeline: { description: "List only the runs of this pipeline", optional: true } },
  flags: {
    to: {
      type: "text",
      placeholder: "FORMAT",
      description: "Write a table instead, a row for each run: seeds, overrides, figures, digests",
      choices: ["csv", "parquet"],
      aliases: ["format"],
    },
    output: {
      type: "text",
      placeholder: "PATH",
      description: "File of the table (default for csv: standard output)",
    },
    ...JSON_FLAG,
  },
  examples: [
    ["deno task runs reach-expert", "every run of one pipeline"],
    ["deno task runs --to parquet --output runs.parquet", "all runs, for a notebook"],
  ],
});

/**
 * Place to which the table goes, null for standard output.
 *
 * @throws {InvalidInputError} If it can go nowhere
 */
function checkTable(to: string | undefined, output: string | undefined): string | null {
  if (to === undefined && output !== undefined) {
    throw new InvalidInputError({
      action: "write",
      place: output,
      expected: "the format of the table",
      found: "none",
      remedy: "add --to csv or --to parquet",
    });
  }
  if (to === "parquet" && output === undefined) {
    throw new InvalidInputError({
      action: "write the runs",
      expected: "a file for --to parquet",
      found: "none",
      remedy: "add --output FILE",
    });
  }
  return output === undefined ? null : checkPlace(output, workingDirectory());
}

/** Writes the table of some runs. */
async function writeTable(
  runs: readonly ListedRun[],
  { to, path }: { readonly to: string; readonly path: string | null },
): Promise<void> {
  const columns = tabulateRuns(runs);
  if (path === null) return writeText(Deno.stdout, csvText(columns));
  makeParent(path);
  if (to === "parquet") await writeParquet(path, columns);
  else await writeFileAtomically(path, csvText(columns));
  printLine(`${displayPath(path)}  ${formatCounted(runs.length, "run")}`);
}

if (import.meta.main) {
  await runCommand(RUNS, async ({ arguments: { pipeline }, flags: { json, to, output } }) => {
    const root = await dataRoot(), path = checkTable(to, output);
    const runs = await gatherRuns(root, pipeline);
    const problems = [
      ...runs.flatMap(({ damage }) => damage === null ? [] : [damage]),
      ...(pipeline === undefined ? await damagedPipelines(root) : []),
      ...await damagedRoot(root),
    ];
    for (const problem of problems) noteLine(`error: ${problem}`);
    const status = problems.length > 0 ? 1 : 0;
    if (to !== undefined) {
      await writeTable(runs, { to, path });
      return status;
    }
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
          ? `There are no runs in ${
            displayPath(root)
          }. To start one: deno task pipeline reach-expert`
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
