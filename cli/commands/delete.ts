import { InvalidInputError } from "../../core/errors.ts";
import {
  deleteBucketRun,
  deleteRun,
  placesInBucket,
  planDeletion,
  readRun,
  resolveRun,
  type RunDeletion,
  type RunLocation,
} from "../../store/mod.ts";
import { environmentVariables, openDataRoot } from "../kit/places.ts";
import { defineCommand } from "../kit/flags.ts";
import { noteLine, printLine } from "../kit/output.ts";
import { formatBytes } from "../../view/format.ts";
import { runCommand } from "../kit/run_command.ts";
import { JSON_FLAG } from "../kit/run_flags.ts";
import { listRunsUnderWay } from "../../runtime/run/runs_under_way.ts";
import { withServer } from "../../runtime/services/server_session.ts";

export const DELETE = defineCommand({
  name: "delete",
  summary: "Deletes a run, and the stored stages that no other run needs.",
  description: "Shows the space this frees, and asks before it deletes anything.",
  arguments: { run: { description: "Run to delete: reach-expert/7, or its directory" } },
  flags: {
    yes: { type: "boolean", description: "Delete without asking" },
    ...JSON_FLAG,
  },
  examples: [
    ["deno task delete reach-expert/7", "show the space it frees, then ask"],
    ["deno task delete reach-expert/7 --yes", "delete without asking"],
  ],
});

if (import.meta.main) {
  await runCommand(DELETE, async ({ arguments: { run: text }, flags: { yes, json } }) => {
    const { root, bucket } = await openDataRoot();
    const run = await resolveRun(root, text);
    await requireEnded(root, run);
    const deletion = bucket === undefined
      ? await planDeletion(root, run)
      : await planDeletion(root, run, await placesInBucket(bucket));
    if (!json) { for (const line of describe(deletion)) printLine(line); }
    if (!yes && !agrees(deletion)) {
      printLine("Nothing was deleted.");
      return 0;
    }
    const locked = bucket === undefined ? await deleteRun(root, deletion) : [];
    if (bucket !== undefined) await deleteBucketRun(bucket, deletion);
    for (const path of locked) noteLine(`note: ${path} is in use and was kept`);
    printLine(
      json
        ? JSON.stringify({ ...run, freed: deletion.freed, shared: deletion.shared, locked })
        : `Deleted ${nameOf(run)}.`,
    );
    return 0;
  });
}

function nameOf({ pipeline, run }: RunLocation): string {
  return `${pipeline}/${run}`;
}

/** @throws {InvalidInputError} If the run may go on */
async function requireEnded(root: string, run: RunLocation): Promise<void> {
  // A damaged run.json is that of a run which has ended.
  const ended = await readRun(root, run.directory).then((summary) => summary !== null, () => true);
  if (ended) return;
  const underWay = await withServer(
    root,
    async ({ client }) => await listRunsUnderWay(client, root),
    { environment: environmentVariables(), start: true, never: () => [] },
  );
  if (!underWay.some(({ place }) => place?.directory === run.directory)) return;
  throw new InvalidInputError({
    action: "delete",
    place: nameOf(run),
    expected: "a run that has ended",
    found: "one under way",
    remedy: `"deno task cancel ${nameOf(run)}" first`,
  });
}

/** Lists what is deleted and what is kept, one line each, with the total size. */
function describe({ freed, shared }: RunDeletion): readonly string[] {
  return [
    ...freed.map(({ path, bytes }) => `${formatBytes(bytes).padStart(8)}  ${path}`),
    ...shared.map((path) => `    kept  ${path}, which another run needs`),
  ];
}

/**
 * Asks the person at the terminal.
 *
 * @throws {InvalidInputError} If there is none to ask
 */
function agrees({ run, freed }: RunDeletion): boolean {
  const bytes = freed.reduce((sum, removal) => sum + removal.bytes, 0);
  if (Deno.stdin.isTerminal()) {
    return confirm(`Delete ${nameOf(run)}? It frees ${formatBytes(bytes)}.`);
  }
  throw new InvalidInputError({
    action: "delete",
    place: nameOf(run),
    expected: "a terminal for confirmation",
    found: "none",
    remedy: `pass --yes to free ${formatBytes(bytes)} without confirmation`,
  });
}
