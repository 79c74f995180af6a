import { join } from "node:path";
import { gatherReport } from "../../activities/report/report.ts";
import { readOpenedRun } from "../../activities/run.ts";
import { SluiceError } from "../../core/errors.ts";
import { LogReader } from "../../runtime/run/log_reader.ts";
import { logDirectory } from "../../runtime/run/run_log.ts";
import { openRoot } from "../../runtime/data/root_identity.ts";
import {
  cleanStages,
  createRootFile,
  listRuns,
  openDataset,
  openRunDirectory,
  readRun,
  resolveOutput,
  verifyDirectory,
} from "../../store/mod.ts";
import type { DamageName } from "./_damage.ts";
import type { JobRoot } from "./_job.ts";

/** Makes a run on a data root that has all kinds of files. @returns Its directory */
export async function makeWholeRun(job: JobRoot): Promise<string> {
  const id = "01234567-89ab-4cde-8f01-23456789abcd";
  createRootFile(job.root, { id, before: [], server: null });
  return (await job.makeRun()).directory;
}

/** What commands do with a data root; each may refuse it, by an error that says what to do. */
export const READERS: Readonly<
  Record<string, (root: string, directory: string) => Promise<unknown>>
> = {
  runs: async (root) => {
    for (const { directory } of await listRuns(root)) await readRun(root, directory);
  },
  plan: readOpenedRun,
  identity: (root) => openRoot(root, { environment: {}, onNote: () => {} }),
  logs: (root, directory) => new LogReader(join(root, logDirectory(directory))).next(),
  clean: (root) => cleanStages(root, { dryRun: true }),
  export: async (root) => {
    const dataset = await openDataset((await resolveOutput(root, "job", ["merge"])).directory);
    await dataset.readTable(0, dataset.episodes);
  },
  pipeline: async (root) => {
    const opened = await openRunDirectory(root, "job", { owner: "job/1" });
    if (opened.run === 1) return;
    await Deno.remove(join(root, opened.directory), { recursive: true }); // its owner was not known
    await Deno.remove(join(root, "runs/job/latest"));
    await Deno.symlink("0001", join(root, "runs/job/latest"));
  },
};

/** Reads most of what there is, and takes as long as all others together. */
export const REPORT = {
  report: (root: string, directory: string) => gatherReport(root, directory, { now: new Date(0) }),
};
export const REPORTED: readonly DamageName[] = ["removed", "null_value"];

/** What is wrong with how a damage was met; empty where nothing is. */
export async function faultsOf(
  root: string,
  { directory, owed, readers }: {
    readonly directory: string;
    readonly owed: boolean;
    readonly readers: typeof READERS;
  },
): Promise<string[]> {
  const faults: string[] = [];
  const report = await verifyDirectory(root, { root }).catch((error: unknown) => error);
  if (report instanceof Error) faults.push(`verify ended with ${report.stack}`);
  else if ((report as { faults: unknown[] }).faults.length > 0 !== owed) {
    faults.push(`verify ${owed ? "missed it" : "found what is none"}`);
  }
  for (const [name, read] of Object.entries(readers)) {
    const error = await read(root, directory).then(() => null, (error: unknown) => error);
    if (error === null || error instanceof SluiceError) continue;
    faults.push(`${name} ended with ${error instanceof Error ? error.stack : String(error)}`);
  }
  return faults;
}
