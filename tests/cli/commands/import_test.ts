import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { floats, writeVersion3 } from "../../store/imports/_lerobot_dataset.ts";
import { TaskDirectory } from "../_task_directory.ts";

const COLUMNS = {
  state: floats([[1, 2], [3, 4], [5, 6]], 2),
  joints: floats([0, 1, 2]),
  "note\u202e": floats([0, 1, 2]),
};

Deno.test("deno task import --check reports as people and programs read it, and writes nothing", async () => {
  await using directory = new TaskDirectory();
  const { root } = directory, source = join(directory.path, "so100");
  await writeVersion3(source, { lengths: [2, 1], columns: COLUMNS, tasks: { 0: "Push it" } });
  const run = (...args: readonly string[]) => directory.run("import", [source, ...args]);
  const bad = await run("--check", "--json");
  assert.equal(bad.code, 1, bad.stderr);
  const { columns, leftOut, faults } = JSON.parse(bad.stdout);
  assert.deepEqual(columns.map(({ field }: { readonly field: string }) => field), [
    "observation/state",
    "joints",
  ]);
  assert.deepEqual(leftOut, []);
  assert.deepEqual(Object.keys(faults[0]).sort(), ["code", "message", "place", "severity"]);
  assert.deepEqual([faults[0].code, faults[0].severity], ["bad_name", "error"]);
  const shown = await run("--check");
  assert.equal(shown.code, 1);
  assert.match(shown.stdout, /error: column "note\\u202e": expected a name that a directory/);
  assert.ok(!existsSync(join(root, "datasets")));

  const choice = ["--skip", "note\u202e", "--rename", "joints=action"];
  const imported = await run(...choice);
  assert.equal(imported.code, 0, imported.stderr);
  assert.match(imported.stderr, /Skipped: note\\u202e \(skipped\)/);
  assert.match(imported.stdout, /3 steps\n\nNext:\n {2}deno task train .*so100 --model bc\n/);
  const elsewhere = await run("--into", join(directory.path, "elsewhere"), ...choice);
  assert.match(elsewhere.stdout, /Next:\n {2}deno task episodes /, "train cannot read it there");
});
