import { compareRuns } from "../../runtime/run/compare_runs.ts";
import { importModules } from "../../runtime/prepare/code_modules.ts";
import { InvalidInputError } from "../../core/errors.ts";
import { dataRoot, dataRootWith, workingDirectory } from "../kit/places.ts";
import { defineCommand } from "../kit/flags.ts";
import { MODULE_FLAG } from "../kit/module_flag.ts";
import { printLine } from "../kit/output.ts";
import { runCommand } from "../kit/run_command.ts";
import { renderComparison } from "../render/comparison_view.ts";

export const COMPARE = defineCommand({
  name: "compare",
  summary: "Compares stored runs: what differs between them, and which is better.",
  description: "Success rates are compared episode by episode (exact McNemar), means by a paired " +
    "bootstrap, several training seeds by Student's t clustered by seeds and episodes; p is " +
    "adjusted for the number of pairs (Holm). Evaluations that do not share their episodes are " +
    "rejected.",
  arguments: {
    run: { description: "Runs (reach-expert/3), or evaluations of them", many: true },
  },
  flags: {
    metric: {
      type: "text",
      placeholder: "NAME",
      description: "Metric to compare",
      default: "success_rate",
    },
    margin: {
      type: "number",
      placeholder: "SIZE",
      description: "Differences up to this size do not matter: verdict equivalent",
      min: 0,
    },
    better: {
      type: "text",
      placeholder: "VALUES",
      description: "Which values are better (default by the metric's name)",
      choices: ["higher", "lower"],
    },
    unpaired: {
      type: "boolean",
      description: "Treat the evaluations as independent, whatever episodes they have",
    },
    json: {
      type: "boolean",
      description: "Print { metric, pairs, variants, parameters, digests, figures } as one line",
    },
    ...MODULE_FLAG,
  },
  examples: [
    ["deno task compare reach-expert/3 reach-expert/7", "is run 7 better than run 3?"],
    [
      "deno task compare reach-compare/1/evaluate reach-compare/1/evaluate_clean",
      "two evaluations of one run",
    ],
    [
      "deno task compare pusht-policy/1 pusht-policy/2 --metric max_coverage --margin 0.02",
      "another metric",
    ],
  ],
});

if (import.meta.main) {
  await runCommand(COMPARE, async ({ arguments: { run }, flags }) => {
    const { metric, margin, unpaired, json, module } = flags;
    if (margin === 0) {
      throw new InvalidInputError({
        action: "use --margin 0",
        expected: "a size above 0",
        found: 0,
        remedy: "leave --margin out",
      });
    }
    await importModules(module, workingDirectory());
    const better = flags.better === "higher" || flags.better === "lower" ? flags.better : undefined;
    for (const text of run) await dataRootWith(text);
    const compared = await compareRuns(await dataRoot(), run, {
      metric,
      paired: !unpaired,
      margin: margin ?? null,
      ...(better === undefined ? {} : { better }),
    });
    const { runs, table, parameters, digests, figures } = compared;
    printLine(
      json
        ? JSON.stringify({
          metric,
          pairs: table.pairs,
          variants: table.variants,
          runs,
          parameters,
          digests,
          figures,
        })
        : renderComparison(compared),
    );
    return 0;
  });
}
