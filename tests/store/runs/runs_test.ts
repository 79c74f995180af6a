import assert from "node:assert/strict";
import { join } from "node:path";
import {
  linkStage,
  listRuns,
  openRunDirectory,
  readRun,
  resolveOutput,
  resolveRun,
  StoreWriter,
  writeRun,
} from "../../../store/mod.ts";
import { withDirectory } from "../_episodes.ts";

/** Commits a stage that holds one small file. */
async function writeStage(root: string, name: string, kind: string): Promise<string> {
  const writer = new StoreWriter(join(root, "stages", name));
  await writer.write("file.txt", name);
  await writer.commit({ kind });
  return join("stages", name);
}

Deno.test("openRunDirectory() numbers runs, and gives an owner its own again", () =>
  withDirectory(async (root) => {
    const open = (owner: string) => openRunDirectory(root, "reach-expert", { owner });
    const runs = [await open("a"), await open("b"), await open("a"), await open("c")];
    assert.deepEqual(runs.map(({ run }) => run), [1, 2, 1, 3]);
    assert.equal(runs[0]!.directory, "runs/reach-expert/0001");
    assert.equal(await Deno.readLink(join(root, "runs/reach-expert/latest")), "0003");
    assert.deepEqual((await listRuns(root)).map(({ run }) => run), [1, 2, 3]);
  }));

Deno.test("openRunDirectory() gives every one of many owners a number of its own", () =>
  withDirectory(async (root) => {
    const owners = Array.from({ length: 10 }, (_, i) => `owner-${i}`);
    const runs = await Promise.all(
      owners.map((owner) => openRunDirectory(root, "reach-expert", { owner })),
    );
    const numbers = runs.map(({ run }) => run).sort((a, b) => a - b);
    assert.deepEqual(numbers, owners.map((_, i) => i + 1));
  }));

Deno.test("readRun() gives what writeRun() was given, null before", () =>
  withDirectory(async (root) => {
    const { directory } = await openRunDirectory(root, "reach-expert", { owner: "a" });
    assert.equal(await readRun(root, directory), null);
    const summary = {
      pipeline: "reach-expert",
      run: 1,
      status: "completed",
      digest: "0",
      directory,
      seconds: 1,
      stages: {},
    };
    await writeRun(root, directory, summary);
    assert.deepEqual(await readRun(root, directory), summary);
    await Deno.writeTextFile(join(root, directory, "run.json"), "{");
    await assert.rejects(readRun(root, directory), { name: "DamagedStoreError" });
  }));

Deno.test("resolveRun() knows a pipeline, a number, latest and a path", () =>
  withDirectory(async (root) => {
    for (const owner of ["a", "b"]) await openRunDirectory(root, "reach-expert", { owner });
    const numbers: Record<string, number> = {
      "reach-expert": 2,
      "reach-expert/latest": 2,
      "reach-expert/1": 1,
      "reach-expert/0001": 1,
      "runs/reach-expert/0001": 1,
      [join(root, "runs/reach-expert/latest")]: 2,
    };
    for (const [text, run] of Object.entries(numbers)) {
      assert.equal((await resolveRun(root, text)).run, run, text);
    }
    await assert.rejects(resolveRun(root, "reach-expret"), {
      name: "InvalidInputError",
      message: /did you mean "reach-expert"\?$/,
    });
    await assert.rejects(resolveRun(root, "reach-expert/9"), {
      name: "InvalidInputError",
      message: /found no "9": choose one of reach-expert\/1, reach-expert\/2$/,
    });
  }));

Deno.test("resolveOutput() finds the dataset of a run, by name where there are several", () =>
  withDirectory(async (root) => {
    const run = await openRunDirectory(root, "reach-compare", { owner: "a" });
    await assert.rejects(resolveOutput(root, "reach-compare", ["merge"]), {
      name: "InvalidInputError",
      message: /found that reach-compare\/1 has none/,
    });
    const link = async (name: string, kind: string) => {
      const target = await writeStage(root, `${kind}-${name}`, kind);
      await linkStage(root, run, { name, target });
    };
    await link("train", "train");
    await link("merge_clean", "merge");
    const only = await resolveOutput(root, "reach-compare", ["merge"]);
    assert.equal(only.path, "stages/merge-merge_clean");
    assert.equal(only.run!.run, 1);
    await link("merge_noisy", "merge");
    await assert.rejects(resolveOutput(root, "reach-compare", ["merge"]), {
      message: /name one of reach-compare\/1\/merge_clean, reach-compare\/1\/merge_noisy/,
    });
    await link("merge", "merge");
    const named: Record<string, string> = {
      "reach-compare": "stages/merge-merge",
      "reach-compare/1/merge_noisy": "stages/merge-merge_noisy",
      "reach-compare/latest/merge_clean": "stages/merge-merge_clean",
      "stages/merge-merge_clean": "stages/merge-merge_clean",
      "runs/reach-compare/0001/stages/merge": "stages/merge-merge",
    };
    for (const [text, path] of Object.entries(named)) {
      assert.equal((await resolveOutput(root, text, ["merge"])).path, path, text);
    }
    await assert.rejects(resolveOutput(root, "stages/train-train", ["merge"]), {
      name: "InvalidInputError",
      message: /expected the output of a merge stage, found that of train/,
    });
    await assert.rejects(resolveOutput(root, "stages", ["merge"]), {
      name: "InvalidInputError",
      message: /expected a dataset or a run of Sluice, found another directory/,
    });
  }));
