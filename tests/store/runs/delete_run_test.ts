import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  acquireLock,
  deleteRun,
  linkStage,
  listRuns,
  openRunDirectory,
  planDeletion,
  writeRun,
} from "../../../store/mod.ts";

/** Opens a run that names some stages, and makes those. */
async function makeRun(root: string, owner: string, stages: readonly string[]) {
  const run = await openRunDirectory(root, "reach", { owner });
  const named = stages.map((path) => ({ path }));
  await writeRun(root, run.directory, { stages: named });
  for (const path of stages) {
    await Deno.mkdir(join(root, path), { recursive: true });
    await Deno.writeTextFile(join(root, path, "data"), "12345");
    await linkStage(root, run, { name: path.split("/").at(-1)!, target: path });
  }
  return run;
}

async function inRoot(use: (root: string) => Promise<void>): Promise<void> {
  const root = await Deno.makeTempDir({ prefix: "sluice-delete-" });
  try {
    await use(root);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

Deno.test("planDeletion() frees the run and what no other run names", () =>
  inRoot(async (root) => {
    await makeRun(root, "a", ["stages/generate-1", "stages/train-1"]);
    const second = await makeRun(root, "b", ["stages/generate-1", "stages/train-2"]);
    const { freed, shared } = await planDeletion(root, second);
    assert.deepEqual(freed.map(({ path }) => path), ["runs/reach/0002", "stages/train-2"]);
    assert.equal(freed[1]?.bytes, 5);
    assert.deepEqual(shared, ["stages/generate-1"]);
    assert.equal((await listRuns(root)).length, 2);
  }));

Deno.test("deleteRun() removes them, and points latest to the run before", () =>
  inRoot(async (root) => {
    const first = await makeRun(root, "a", ["stages/train-1"]);
    const rerun = await makeRun(root, "b", ["reruns/reach-2/stages/train-1"]);
    assert.deepEqual(await deleteRun(root, await planDeletion(root, rerun)), []);
    assert.deepEqual(await listRuns(root), [first]);
    assert.equal(existsSync(join(root, "reruns/reach-2")), false);
    assert.equal(await Deno.readLink(join(root, "runs/reach/latest")), "0001");
    assert.deepEqual(await deleteRun(root, await planDeletion(root, first)), []);
    assert.equal(existsSync(join(root, "stages/train-1")), false);
    assert.equal(existsSync(join(root, "runs/reach/latest")), false);
  }));

Deno.test("deleteRun() leaves a stage that is in use", () =>
  inRoot(async (root) => {
    const run = await makeRun(root, "a", ["stages/train-1"]);
    await using _lock = await acquireLock(join(root, "stages/train-1"), "another");
    assert.deepEqual(await deleteRun(root, await planDeletion(root, run)), ["stages/train-1"]);
    assert.ok(existsSync(join(root, "stages/train-1/data")));
    assert.equal(existsSync(join(root, run.directory)), false);
  }));
