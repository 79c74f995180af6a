import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  cleanStages,
  createRootFile,
  isInPlace,
  readRootFile,
  replaceRootFile,
  ROOT_FILE,
  verifyDirectory,
} from "../../../store/mod.ts";
import { withDirectory } from "../_episodes.ts";

const CREATOR = fileURLToPath(new URL("_creator.ts", import.meta.url));

const ID = "0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d", OTHER = ID.replace("0a", "ff");

const FACTS = { id: ID, before: ["01234567"], server: null };

Deno.test("createRootFile() lets one of many writers win, and gives all its id", () =>
  withDirectory(async (root) => {
    const writers = await Promise.all(
      Array.from({ length: 6 }, () =>
        new Deno.Command(Deno.execPath(), {
          args: ["run", "--quiet", "--no-check", "-A", CREATOR, root],
          stderr: "inherit",
        }).output()),
    );
    const ids = writers.map(({ stdout }) => new TextDecoder().decode(stdout).trim());
    assert.deepEqual(new Set(ids), new Set([readRootFile(root)!.id]));
    assert.deepEqual([...Deno.readDirSync(root)].map(({ name }) => name), [ROOT_FILE]);
  }));

Deno.test("readRootFile() reads what was written, and null where there is nothing", () =>
  withDirectory((root) => {
    assert.equal(readRootFile(root), null);
    const server = { address: "cluster:7233", namespace: "lab" };
    const { place, ...facts } = createRootFile(root, { ...FACTS, server });
    assert.deepEqual(facts, { ...FACTS, server });
    assert.equal(place.path, Deno.realPathSync(root));
    assert.equal(createRootFile(root, { ...FACTS, id: OTHER }).id, ID); // it was there before
    assert.equal(replaceRootFile(root, { ...FACTS, id: OTHER }).id, OTHER);
    return Promise.resolve();
  }));

Deno.test("readRootFile() names a file that was cut off or changed, and what cures it", () =>
  withDirectory(async (root) => {
    createRootFile(root, FACTS);
    const path = join(root, ROOT_FILE), text = await Deno.readTextFile(path);
    const damaged = [
      ...Array.from({ length: text.length }, (_, length) => text.slice(0, length)),
      text.replace(ID, OTHER),
      "null",
      "{}",
    ];
    for (const bytes of damaged) {
      await Deno.writeTextFile(path, bytes);
      assert.throws(() => readRootFile(root), (error: Error) => {
        assert.equal(error.name, "DamagedStoreError", error.message);
        assert.ok(error.message.startsWith(`Cannot read "${path}": expected the identity of`));
        assert.match(error.message, /put the file back from a backup, or remove it/);
        return true;
      });
    }
    const { faults } = await verifyDirectory(root, { root });
    assert.deepEqual(faults.map(({ path, commit }) => [path, commit]), [[ROOT_FILE, null]]);
    await assert.rejects(cleanStages(root), { name: "DamagedStoreError" });
  }));

Deno.test("readRootFile() refuses a root that another schema wrote", () =>
  withDirectory(async (root) => {
    await Deno.writeTextFile(join(root, ROOT_FILE), JSON.stringify({ schema: 2, names: [] }));
    assert.throws(() => readRootFile(root), {
      name: "SchemaVersionError",
      message: `Cannot use the data directory of "${join(root, ROOT_FILE)}": expected schema 1, ` +
        "found 2: use the version of Sluice that wrote it, or set SLUICE_HOME to another directory",
    });
  }));

Deno.test("isInPlace() tells a copy from a root that was moved or is seen through a link", () =>
  withDirectory(async (directory) => {
    const root = join(directory, "data"), moved = join(directory, "moved");
    await Deno.mkdir(root);
    createRootFile(root, FACTS);
    await Deno.symlink(root, join(directory, "link"));
    assert.ok(isInPlace(join(directory, "link"), readRootFile(root)!));
    await Deno.rename(root, moved);
    assert.ok(isInPlace(moved, readRootFile(moved)!));
    await Deno.mkdir(join(directory, "copy"));
    const copy = join(directory, "copy");
    await Deno.copyFile(join(moved, ROOT_FILE), join(copy, ROOT_FILE));
    assert.ok(!isInPlace(copy, readRootFile(copy)!));
    assert.ok(isInPlace(copy, replaceRootFile(copy, FACTS)));
  }));
