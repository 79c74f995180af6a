import type { DataRoot } from "../../runtime/data/data_root.ts";
import { readOpenedRun } from "../../activities/run.ts";
import { SluiceError } from "../../core/errors.ts";
import { buildDigest } from "../../runtime/prepare/build_digest.ts";
import { loadModules } from "../../runtime/prepare/code_modules.ts";
import { commandLine } from "../kit/command_line.ts";
import { environmentVariables, openDataRoot, workingDirectory } from "../kit/places.ts";
import { defineCommand, type FlagValues } from "../kit/flags.ts";
import { printLine } from "../kit/output.ts";
import { codeOf, POLICY_COMMAND_FLAG } from "../kit/policy_command_flag.ts";
import { RunClient } from "../../runtime/run/run_client.ts";
import { type ExitStatus, runCommand } from "../kit/run_command.ts";
import { RUN_FLAGS } from "../kit/run_flags.ts";
import { continueRun } from "../kit/run_pipeline.ts";
import {
  RUN_ARGUMENT,
  type RunUnderWay,
  withRunUnderWay,
} from "../../runtime/run/runs_under_way.ts";
import { nameOf } from "../../runtime/run/run_identity.ts";
import { runsServer } from "../../runtime/services/services.ts";
import { hasWorker } from "../../runtime/services/worker_registry.ts";

const { json, logJson, keep, threads, module } = RUN_FLAGS;

export const RESUME = defineCommand({
  name: "resume",
  summary: "Resumes a paused or interrupted run.",
  description: "If a worker is running, the run continues there and this command returns. " +
    "Otherwise, this command starts the server and a worker, and shows the run until it " +
    "ends. Files that the original command would have written at the end, e.g. with " +
    "--output, need that command to be run again.",
  arguments: { run: RUN_ARGUMENT },
  flags: { json, logJson, keep, threads, module, ...POLICY_COMMAND_FLAG },
  examples: [
    ["deno task resume reach-expert", "continue where it was paused"],
    ["deno task resume reach-expert/7 --keep", "continue in the background"],
  ],
});

if (import.meta.main) {
  await runCommand(RESUME, async ({ arguments: { run: name }, flags }) => {
    const { root, bucket } = await openDataRoot();
    const served = await runsServer(root, environmentVariables());
    const { run, own } = await withRunUnderWay(root, name, async ({ client, server, run }) => {
      await new RunClient(client, run.workflowId, true).setPaused(false);
      return { run, own: server.own };
    }, { environment: environmentVariables() });
    if (own && !(served && hasWorker(root, run.build))) {
      return await goOn({ root, ...(bucket && { bucket }) }, run, flags);
    }
    printLine(`${nameOf(run)} is running again. Watch it: deno task status ${nameOf(run)}`);
    return 0;
  });
}

/** Provides what a run needs to continue, and follows it. */
async function goOn(
  { root, bucket }: DataRoot,
  run: RunUnderWay,
  flags: FlagValues<typeof RESUME.flags>,
): Promise<ExitStatus> {
  if (run.place === null) {
    throw new SluiceError({
      action: "resume",
      place: run.workflowId,
      expected: "its run directory",
      found: "that no worker has started it",
      remedy: 'run the original command again, or start "deno task up"',
    });
  }
  const { plan, changes = {}, rerun } = await readOpenedRun(root, run.place.directory);
  const modules = await loadModules(codeOf(flags), workingDirectory());
  const runnable = {
    root,
    ...(bucket && { bucket }),
    plan,
    build: buildDigest(modules),
    modules: modules.urls,
    policyFiles: [],
    changes,
  };
  return await continueRun(runnable, { ...flags, rerun }, { command: commandLine("resume") });
}
