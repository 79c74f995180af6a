import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import {
  acquireLock,
  cleanStages,
  linkStage,
  openRunDirectory,
  StoreWriter,
  writePlan,
} from "../../../store/mod.ts";
import { sizeOf } from "../../../store/runs/clean.ts";
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
    const place = "stages/planned";
    const stage = { name: "a", kind: "generate", key: "0", directory: place, commit: place };
    await writePlan(root, run.directory, { plan: { name: "reach-expert", stages: [stage] } });
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

Deno.test("cleanStages() removes nothing where it cannot tell what runs name", () =>
  withDirectory(async (root) => {
    await writeRoot(root);
    const runs = join(root, "runs"), aside = join(root, "aside");
    const plan = join(runs, "reach-expert/0003/plan.json"), text = await Deno.readTextFile(plan);
    const refused = async (message: RegExp) => {
      await assert.rejects(cleanStages(root), { name: "DamagedStoreError", message });
      assert.equal(listNames(join(root, "stages")).length, 6);
    };
    await Deno.writeTextFile(plan, text.slice(0, -9));
    await refused(/plan\.json": expected the plan of a run, found text that is no JSON object: /);
    await Deno.writeTextFile(plan, text);
    await Deno.writeTextFile(join(runs, "other"), "");
    await refused(/runs\/other": expected a directory, found a file: move it away/);
    await Deno.remove(join(runs, "other"));
    await Deno.rename(runs, aside);
    await refused(/expected the runs that name its stages .*, found nothing: put them back, or/);
    await Deno.writeTextFile(runs, "");
    await refused(/runs": expected a directory, found a file/);
    await Deno.remove(runs);
    await Deno.symlink("runs", runs);
    await refused(/runs": expected a directory, found links in a circle/);
    await Deno.remove(runs);
    await Deno.rename(aside, runs);
    assert.deepEqual((await cleanStages(root)).removed.map(({ path }) => path), ["stages/orphan"]);
  }));

Deno.test("cleanStages() removes what dead processes left under temporary names, and says so", () =>
  withDirectory(async (root) => {
    await writeRoot(root);
    const dead = `${Deno.pid}-${hostname()}.0123abcd.tmp`; // a pid says nothing
    const strays = [
      `runs/reach-expert/.run.${dead}`,
      "stages/.removed-generate-9",
      `stages/shared/.zarr.json.${dead}`,
    ];
    await Deno.mkdir(join(root, strays[0]!));
    await Deno.mkdir(join(root, strays[1]!));
    await Deno.writeTextFile(join(root, strays[2]!), "half");
    const old = new Date(Date.now() - 2 * 3600_000);
    await Deno.utime(join(root, strays[0]!), old, old);
    // Of a writer on another machine that holds the lock, and of one that opens a run.
    const living = [
      `stages/generate-3/.c.0.1-elsewhere.0123abcd.tmp`,
      `runs/reach-expert/.run.1-elsewhere.0123abcd.tmp`,
    ];
    for (const path of living) await Deno.writeTextFile(join(root, path), "half");
    await using _lock = await acquireLock(join(root, "stages/generate-3"), "reach-a");
    const paths = async (dryRun: boolean) =>
      (await cleanStages(root, { dryRun })).removed.map(({ path }) => path).toSorted();
    const expected = [...strays, "stages/orphan"].toSorted();
    assert.deepEqual(await paths(true), expected);
    assert.deepEqual(await paths(false), expected);
    assert.deepEqual(await paths(false), []);
    for (const path of living) assert.ok(await Deno.stat(join(root, path)));
  }));

Deno.test("sizeOf() counts what is there while another process removes files", () =>
  withDirectory(async (root) => {
    await Deno.writeTextFile(join(root, "kept"), "12345");
    const names = Array.from({ length: 200 }, (_, i) => join(root, `gone-${i}`));
    const script = [
      "import os, sys",
      "while True:",
      "    for name in sys.argv[1:]: open(name, 'w').close()",
      "    for name in sys.argv[1:]: os.remove(name)",
    ].join("\n");
    const other = new Deno.Command("python3", { args: ["-c", script, ...names] }).spawn();
    try {
      while (names.every((name) => !existsSync(name))) {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      for (let look = 0; look < 500; look++) assert.equal(sizeOf(root), 5);
    } finally {
      other.kill("SIGKILL");
      await other.status;
    }
  }));
