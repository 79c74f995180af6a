import assert from "node:assert/strict";
import { join } from "node:path";
import { gatherReport } from "../../activities/report/report.ts";
import { readOpenedRun } from "../../activities/run.ts";
import { LogReader } from "../../runtime/run/log_reader.ts";
import { appendToRunLog, logDirectory, logLine } from "../../runtime/run/run_log.ts";
import { SluiceError } from "../../core/errors.ts";
import { createRandom } from "../../core/random.ts";
import {
  cleanStages,
  listRuns,
  openDataset,
  openRunDirectory,
  readRun,
  resolveOutput,
  verifyDirectory,
} from "../../store/mod.ts";
import {
  type DamageName,
  DAMAGES,
  FILE_KINDS,
  filesOf,
  isOwed,
  kindOf,
  withDamage,
} from "./_damage.ts";
import { JobRoot } from "./_job.ts";

const NAMES = Object.keys(DAMAGES) as DamageName[];

/** What commands do with a data root; each may refuse it, by an error that says what to do. */
const READERS: Readonly<Record<string, (root: string, directory: string) => Promise<unknown>>> = {
  runs: async (root) => {
    for (const { directory } of await listRuns(root)) await readRun(root, directory);
  },
  plan: readOpenedRun,
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
const REPORT = {
  report: (root: string, directory: string) => gatherReport(root, directory, { now: new Date(0) }),
};
const REPORTED: readonly DamageName[] = ["removed", "null_value"];

/** What is wrong with how a damage was met; empty where nothing is. */
async function faultsOf(
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

Deno.test("verify finds every damage to every kind of file, and no command meets one unforeseen", async (t) => {
  await using job = await JobRoot.open();
  const { root } = job;
  const { directory } = await job.makeRun();
  appendToRunLog(root, { directory, writer: "work" }, [logLine({ event: "note", text: "here" })]);
  const random = createRandom(13, "damage", 0), files = filesOf(root);
  assert.deepEqual((await verifyDirectory(root, { root })).faults, []);
  const meet = async (path: string, damage: DamageName, readers = READERS) => {
    const owed = isOwed(kindOf(path), damage);
    const found = await withDamage(
      join(root, path),
      { damage, random },
      () => faultsOf(root, { directory, owed, readers }),
    );
    assert.deepEqual(found, [], `${path}, ${damage}`);
  };

  for (const kind of FILE_KINDS) {
    await t.step(kind.name, async () => {
      const [path] = files.filter((file) => kindOf(file) === kind);
      assert.ok(path !== undefined, `no file is a ${kind.name}`);
      for (const damage of NAMES) {
        const isRead = kind.found && REPORTED.includes(damage);
        await meet(path, damage, isRead ? { ...READERS, ...REPORT } : READERS);
      }
    });
  }

  await t.step("30 random pairs", async () => {
    for (let i = 0; i < 30; i++) {
      await meet(files[random.integer(files.length)]!, NAMES[random.integer(NAMES.length)]!);
    }
  });

  assert.deepEqual((await verifyDirectory(root, { root })).faults, []);
});
