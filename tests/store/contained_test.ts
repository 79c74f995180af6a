import assert from "node:assert/strict";
import * as fs from "node:fs";
import { join } from "node:path";
import { StoreAccessError } from "../../core/errors.ts";
import { linkStage, openRunDirectory, requireContained } from "../../store/mod.ts";
import { StoreWriter } from "../../store/zarr/writer.ts";

/** Lends a folder with a data root in `root` and someone else's files in `outside`. */
async function withFolder(use: (folder: string) => Promise<void> | void): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "sluice-contained-" });
  try {
    for (const name of ["root/stages", "outside"]) {
      fs.mkdirSync(join(folder, name), { recursive: true });
    }
    fs.writeFileSync(join(folder, "outside/victim.txt"), "someone else's");
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("requireContained() takes what is in the root, what is not there yet, and links that stay", () =>
  withFolder((folder) => {
    const root = join(folder, "root");
    fs.symlinkSync("stages", join(root, "inner"));
    for (const path of ["stages", "stages/a/b/c", "inner/a", "runs/x/0001", ""]) {
      requireContained(root, path);
    }
  }));

Deno.test("requireContained() refuses links that lead out or nowhere, and says what to do", () =>
  withFolder((folder) => {
    const root = join(folder, "root");
    fs.symlinkSync(join(folder, "outside"), join(root, "runs"));
    fs.symlinkSync("nowhere", join(root, "lost"));
    fs.symlinkSync("loop", join(root, "loop"));
    fs.symlinkSync("../../outside", join(root, "stages/out"));
    for (const path of ["runs", "runs/x/0001", "lost/a", "loop", "stages/out/victim.txt"]) {
      assert.throws(() => requireContained(root, path), {
        name: "StoreAccessError",
        message: /found a link to ".*": put what it leads to in its place, or move the whole/,
      });
    }
    for (const path of ["..", "../outside", "stages/../../outside"]) {
      assert.throws(() => requireContained(root, path), StoreAccessError);
    }
  }));

Deno.test("requireContained() follows the root itself, wherever it leads", () =>
  withFolder((folder) => {
    const root = join(folder, "link");
    fs.symlinkSync("root", root);
    requireContained(root, "stages/a");
    fs.symlinkSync(join(folder, "outside"), join(root, "runs"));
    assert.throws(() => requireContained(root, "runs/x"), StoreAccessError);
  }));

Deno.test("requireContained() refuses a link where a file is to be written", () =>
  withFolder((folder) => {
    const root = join(folder, "root");
    fs.writeFileSync(join(root, "stages/file"), "");
    fs.symlinkSync("stages/file", join(root, "link"));
    requireContained(root, "link");
    assert.throws(() => requireContained(root, "link", { refuseLink: true }), /remove it$/);
  }));

Deno.test("StoreWriter writes through no link that leads out of its directory", () =>
  withFolder(async (folder) => {
    const directory = join(folder, "root/stages/merge-0");
    fs.mkdirSync(directory);
    fs.symlinkSync(join(folder, "outside"), join(directory, "data"));
    using writer = new StoreWriter(directory);
    await assert.rejects(writer.write("data/victim.txt", "x"), StoreAccessError);
    assert.deepEqual(fs.readdirSync(join(folder, "outside")), ["victim.txt"]);
  }));

Deno.test("linkStage() and openRunDirectory() write over nothing but their own links", () =>
  withFolder(async (folder) => {
    const root = join(folder, "root");
    const run = await openRunDirectory(root, "job", { owner: "a/1" });
    const link = () => linkStage(root, run, { name: "merge", target: "stages/merge-0" });
    await link();
    await link();
    const place = join(root, run.directory, "stages/merge");
    fs.rmSync(place);
    fs.writeFileSync(place, "kept");
    await assert.rejects(link(), /found a file: move it away and run again/);
    assert.equal(fs.readFileSync(place, "utf8"), "kept");
    const latest = join(root, "runs/job/latest");
    fs.rmSync(latest);
    fs.mkdirSync(latest);
    await assert.rejects(openRunDirectory(root, "job", { owner: "a/2" }), StoreAccessError);
    assert.ok(fs.lstatSync(latest).isDirectory());
  }));
