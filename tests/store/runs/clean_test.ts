import assert from "node:assert/strict";
import { join } from "node:path";
import {
  acquireLock,
  cleanStages,
  linkStage,
  openRunDirectory,
  StoreWriter,
  writeFileAtomically,
} from "../../../store/mod.ts";
import { withDirectory } from "../_episodes.ts";

/** Three runs: each has a stage of its own, all share one, and one stage is nobody's. */
async function writeRoot(root: string): Promise<void> {
  const names = ["generate-1", "generate-2", "generate-3", "shared", "orphan", "planned"];
  for (const name of names) {
    const writer = new StoreWriter(join(root, "stages", name, "manifests", "0123"));
    await writer.write("file.txt", name);
    await writer.commit({ kind: "generate" });
  }
  for (const number of [1, 2, 3]) {
    const run = await openRunDirectory(root, "reach-expert", { owner: `${number}` });
    const manifest = `stages/generate-${number}/manifests/0123`;
    await linkStage(root, run, { name: "generate", target: manifest });
    await linkStage(root, run, { name: "shared", target: "stages/shared" });
    if (number < 3) continue;
    const plan = JSON.stringify({ stages: [{ directory: "stages/planned" }] });
    await writeFileAtomically(join(root, run.directory, "plan.json"), plan);
  }
}

function listNames(path: string): string[] {
  return [...Deno.readDirSync(path)].map(({ name }) => name).sort();
}

Deno.test("cleanStages() removes what no run names, and keeps all runs unless told", () =>
  withDirectory(async (root) => {
    await writeRoot(root);
    const { removed, locked } = await cleanStages(root);
    assert.deepEqual(removed.map(({ path }) => path), ["stages/orphan"]);
    assert(removed[0]!.bytes > 0);
    assert.deepEqual(locked, []);
    assert.deepEqual(listNames(join(root, "runs/reach-expert")), [
      "0001",
      "0002",
      "0003",
      "latest",
    ]);
  }));

Deno.test("cleanStages() keeps the last runs and what they name or plan", () =>
  withDirectory(async (root) => {
    await writeRoot(root);
    await cleanStages(root, { keepLast: 1 });
    assert.deepEqual(listNames(join(root, "stages")), ["generate-3", "planned", "shared"]);
    assert.deepEqual(listNames(join(root, "runs/reach-expert")), ["0003", "latest"]);
    await cleanStages(root, { keepLast: 0 });
    assert.deepEqual(listNames(join(root, "stages")), []);
    assert.deepEqual(listNames(join(root, "runs/reach-expert")), []);
  }));

Deno.test("cleanStages() says with dryRun what it would remove, and removes nothing", () =>
  withDirectory(async (root) => {
    await writeRoot(root);
    const planned = await cleanStages(root, { keepLast: 1, dryRun: true });
    assert.equal(listNames(join(root, "stages")).length, 6);
    const { removed } = await cleanStages(root, { keepLast: 1 });
    assert.deepEqual(removed.map(({ path }) => path), planned.removed.map(({ path }) => path));
    assert.deepEqual(removed.map(({ path }) => path), [
      "runs/reach-expert/0001",
      "runs/reach-expert/0002",
      "stages/generate-1",
      "stages/generate-2",
      "stages/orphan",
    ]);
  }));

Deno.test("cleanStages() leaves a stage whose lock is held", () =>
  withDirectory(async (root) => {
    await writeRoot(root);
    const lock = await acquireLock(join(root, "stages/orphan"), "reach-a");
    const { removed, locked } = await cleanStages(root);
    assert.deepEqual(removed, []);
    assert.deepEqual(locked, ["stages/orphan"]);
    await lock.release();
    assert.equal((await cleanStages(root)).removed.length, 1);
  }));
