import assert from "node:assert/strict";
import { existsSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { FileBlobs } from "../../../store/blobs/file_blobs.ts";
import {
  BucketRoot,
  fillRecords,
  fillRun,
  fillRuns,
  linkStage,
  listRuns,
  pushRun,
  readOwner,
  readRun,
  reserveRun,
  writeFileAtomically,
  writeRun,
} from "../../../store/mod.ts";
import { machineLabel } from "../../../store/files/machine.ts";
import { withDirectory } from "../_episodes.ts";

/** Only logs of its own machine are pushed. */
const LOG = `logs/work-${machineLabel()}.jsonl`;

const SUMMARY = {
  ...{ pipeline: "reach", run: 1, status: "completed", digest: "d", directory: "runs/reach/0001" },
  ...{ seconds: 1, stages: {} },
};

async function withMachines(
  test: (a: BucketRoot, b: BucketRoot) => Promise<void>,
): Promise<void> {
  await withDirectory(async (directory) => {
    const blobs = new FileBlobs(join(directory, "bucket"));
    await test(
      new BucketRoot(join(directory, "a"), blobs),
      new BucketRoot(join(directory, "b"), blobs),
    );
  });
}

async function numbersIn({ root }: BucketRoot): Promise<readonly number[]> {
  return (await listRuns(root, "reach")).map(({ run }) => run);
}

Deno.test("reserveRun() gives each owner a number of its own, and the same one again", () =>
  withMachines(async (a, b) => {
    const owners = Array.from({ length: 8 }, (_, i) => `w/${i}`);
    await Promise.all(owners.map((owner, i) => reserveRun(i % 2 ? a : b, "reach", owner)));
    await reserveRun(a, "reach", "w/3");
    for (const machine of [a, b]) {
      await fillRuns(machine);
      assert.deepEqual(await numbersIn(machine), [1, 2, 3, 4, 5, 6, 7, 8]);
      assert.equal(readlinkSync(join(machine.root, "runs/reach/latest")), "0008");
    }
  }));

Deno.test("fillRecords() tells who opened a run to a machine that did not", () =>
  withMachines(async (a, b) => {
    const directory = "runs/reach/0001";
    await reserveRun(a, "reach", "w/1");
    assert.equal(readOwner(join(b.root, directory)), null);
    await fillRecords(b, directory);
    assert.equal(readOwner(join(b.root, directory)), "w/1");
  }));

Deno.test("a run is seen on all machines with its links, and is gone where it was removed", () =>
  withMachines(async (a, b) => {
    const run = { pipeline: "reach", run: 1, directory: "runs/reach/0001" };
    await reserveRun(a, "reach", "w/1");
    await linkStage(a.root, run, { name: "merge", target: "stages/merge-1" });
    await writeFileAtomically(join(a.root, run.directory, LOG), "{}\n");
    const other = `logs/work-${hostname()}-another.jsonl`; // of a machine with the same host name
    await writeFileAtomically(join(a.root, run.directory, other), "{}\n");
    await writeRun(a.root, run.directory, SUMMARY);
    await pushRun(a, run.directory);
    await fillRuns(b);
    assert.deepEqual(await readRun(b.root, run.directory), SUMMARY);
    const link = join(b.root, run.directory, "stages/merge");
    assert.equal(readlinkSync(link), "../../../../stages/merge-1");
    assert.equal(existsSync(join(b.root, run.directory, "logs")), false);
    await fillRun(b, run.directory);
    assert.ok(existsSync(join(b.root, run.directory, LOG)));
    assert.equal(existsSync(join(b.root, run.directory, other)), false);
    for await (const { key } of a.blobs.list("runs/")) await a.blobs.remove(key);
    await fillRuns(b);
    assert.deepEqual(await numbersIn(b), []);
  }));

Deno.test("fillRuns() follows no object out of the root", () =>
  withMachines(async (a, b) => {
    await reserveRun(a, "reach", "w/1");
    for (const target of ["../../etc", "/etc/passwd", "stages/../../x", "runs/reach/0001"]) {
      await a.blobs.put("runs/reach/0001/stages/merge", new TextEncoder().encode(target));
      await assert.rejects(fillRuns(b), {
        name: "StoreAccessError",
        message: /the path of a stage/,
      });
    }
  }));
