import assert from "node:assert/strict";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { finishReplacement, replaceDataset } from "../../../runtime/data/replace_dataset.ts";
import { StoreWriter } from "../../../store/mod.ts";
import { withDirectory } from "../../store/_episodes.ts";

/** Something committed, with one file below a folder. */
async function commitAt(directory: string, text: string): Promise<string> {
  const writer = new StoreWriter(directory);
  await writer.write("arrays/values", text);
  await writer.commit({ kind: "merge" });
  return directory;
}

const valuesOf = (directory: string) => readFileSync(join(directory, "arrays/values"), "utf8");

Deno.test("replaceDataset() keeps what lies beside a dataset in its place", () =>
  withDirectory(async (directory) => {
    const target = await commitAt(join(directory, "all"), "old");
    writeFileSync(join(target, "all.h5"), "exported");
    replaceDataset(target, await commitAt(join(directory, "fresh"), "new"));
    assert.equal(valuesOf(target), "new");
    assert.equal(readFileSync(join(target, "all.h5"), "utf8"), "exported");
    assert.deepEqual([...Deno.readDirSync(directory)].map(({ name }) => name), ["all"]);
  }));

Deno.test("finishReplacement() takes back a replacement that was cut before the new dataset", () =>
  withDirectory(async (directory) => {
    const target = await commitAt(join(directory, "all"), "old");
    renameSync(target, join(directory, ".all.replaced"));
    finishReplacement(target);
    assert.equal(valuesOf(target), "old");
    assert.equal(existsSync(join(directory, ".all.replaced")), false);
  }));

Deno.test("finishReplacement() ends a replacement that was cut behind it", () =>
  withDirectory(async (directory) => {
    const old = await commitAt(join(directory, ".all.replaced"), "old");
    writeFileSync(join(old, "all.h5"), "exported");
    const target = await commitAt(join(directory, "all"), "new");
    finishReplacement(target);
    assert.equal(valuesOf(target), "new");
    assert.equal(readFileSync(join(target, "all.h5"), "utf8"), "exported");
    assert.equal(existsSync(old), false);
  }));
