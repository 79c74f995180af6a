import { removeOldPayloads } from "../../infra/temporal/stored_payloads.ts";
import { cleanBucket, cleanStages } from "../../store/mod.ts";
import { formatBytes } from "../../view/format.ts";
import { openDataRoot } from "../kit/places.ts";
import { defineCommand } from "../kit/flags.ts";
import { printLine } from "../kit/output.ts";
import { runCommand } from "../kit/run_command.ts";
import { JSON_FLAG } from "../kit/run_flags.ts";

export const CLEAN = defineCommand({
  name: "clean",
  summary: "Removes stored stages that no remaining run references, never one in use.",
  arguments: {},
  flags: {
    keepLast: {
      type: "integer",
      description: "Runs of each pipeline to keep (default all)",
      min: 0,
      max: 1_000_000,
    },
    dryRun: { type: "boolean", description: "Show what would be removed, without removing it" },
    ...JSON_FLAG,
  },
  examples: [
    ["deno task clean --dry-run", "see how much space interrupted and superseded work takes"],
    ["deno task clean --keep-last 3", "keep the last three runs of each pipeline"],
  ],
});

if (import.meta.main) {
  await runCommand(CLEAN, async ({ flags: { keepLast, dryRun, json } }) => {
    const { root, bucket } = await openDataRoot();
    const options = { dryRun, ...(keepLast === undefined ? {} : { keepLast }) };
    const report = bucket === undefined
      ? await cleanStages(root, options)
      : await cleanBucket(bucket, options);
    const payloads = removeOldPayloads(root, { now: new Date(), dryRun });
    if (json) {
      printLine(JSON.stringify({ dryRun, ...report, removed: [...report.removed, ...payloads] }));
      return 0;
    }
    for (const { path, bytes } of [...report.removed, ...payloads]) {
      printLine(`${formatBytes(bytes).padStart(8)}  ${path}`);
    }
    for (const path of report.locked) printLine(`in use, kept: ${path}`);
    const bytes = report.removed.reduce((sum, entry) => sum + entry.bytes, 0);
    const verb = dryRun ? "would be removed" : "removed";
    printLine(`${report.removed.length} directories ${verb}, ${formatBytes(bytes)}`);
    return 0;
  });
}
