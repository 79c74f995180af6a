import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { flipBit } from "../store/_episodes.ts";
import { flipPacked } from "../store/_packed.ts";
import { diskTest, mounted } from "../store/_disk.ts";
import { digestsOf, TaskDirectory } from "./_task_directory.ts";

const SMALL = {
  name: "small",
  seed: 4,
  stages: {
    generate: { kind: "generate", environment: "reach", episodes: 24, shard: 4 },
    validate: { kind: "validate", from: "generate" },
    merge: { kind: "merge", from: "validate" },
  },
};

/** Runs the job, which must fail with one message. @returns What the summary says of the error */
async function failureOf(directory: TaskDirectory, file: string) {
  const { code, stdout, stderr } = await directory.run("pipeline", [file, "--json"]);
  assert.equal(code, 1, stderr);
  assert.doesNotMatch(stderr, /^\s+at /m); // a stack trace
  return JSON.parse(stdout).error as { readonly name: string; readonly message: string };
}

Deno.test("a run that meets damage says what to do, and is whole again when that is done", async (t) => {
  await using directory = new TaskDirectory();
  const file = directory.write("small.json", SMALL);
  const summary = await directory.complete(file);
  const { stages } = summary, expected = digestsOf(summary);
  const merge = stages["merge"]!.path, commit = join(merge, "commit.json");

  await t.step("a chunk of a shard", async () => {
    const shard = join(stages["generate"]!.path, "../../shards/000001");
    await flipPacked(shard, "data/action/c.0.0", 0.5);
    await Deno.remove(merge, { recursive: true });
    const { name, message } = await failureOf(directory, file);
    assert.deepEqual(directory.processes(), []);
    assert.equal(name, "DamagedStoreError");
    assert.match(
      message,
      /"data\/action", chunk 0.*shards\/000001\.zip": .*: remove the archive and run/,
    );
    const verified = await directory.run("verify", ["small/1"]);
    assert.equal(verified.code, 1);
    assert.match(verified.stdout, /shards\/000001\.zip\/data\/action\/c\.0\.0/);
    await Deno.remove(`${shard}.zip`);
    assert.deepEqual(digestsOf(await directory.complete(file)), expected);
    assert.equal((await directory.run("verify", ["small"])).code, 0);
  });

  await directory.serve();
  await t.step("a commit", async () => {
    await flipBit(commit, 0.5);
    const { name, message } = await failureOf(directory, file);
    assert.equal(name, "DamagedStoreError");
    assert.match(message, /commit\.json": .*: remove its directory and run the stage again$/);
    await Deno.remove(merge, { recursive: true });
    assert.deepEqual(digestsOf(await directory.complete(file)), expected);
  });

  await t.step("a chunk of the dataset, for commands that read it", async () => {
    const chunk = join(merge, "data/action/c.0.0"), file = join(directory.path, "out.h5");
    await flipBit(chunk, 0.5);
    for (
      const [task, ...args] of [
        ["export", "small", "--output", file],
        ["merge", "small", "--into", join(directory.path, "merged")],
      ] as const
    ) {
      const { code, stderr } = await directory.run(task, args);
      assert.equal(code, 1, stderr);
      assert.match(stderr, /^error: .*"data\/action", chunk 0/m);
      assert.deepEqual(readdirSync(directory.path).sort(), ["data", "small.json"]);
    }
    await flipBit(chunk, 0.5);
  });

  await t.step("a store of a newer version", async () => {
    const text = await Deno.readTextFile(commit);
    await Deno.writeTextFile(commit, text.replace('"schemaVersion":1', '"schemaVersion":3'));
    const { name, message } = await failureOf(directory, file);
    assert.equal(name, "SchemaVersionError");
    assert.match(message, /schema is 3, expected at most 2: open it with the newer Sluice/);
    await Deno.writeTextFile(commit, text);
    assert.deepEqual(digestsOf(await directory.complete(file)), expected);
  });
});

diskTest(
  "a run on a full disk keeps what is committed, and goes on when there is space",
  async () => {
    await using directory = new TaskDirectory();
    const file = directory.write("small.json", SMALL), store = join(directory.root, "stages");
    await Deno.mkdir(store, { recursive: true });
    await mounted(store, "size=200k", async (remount) => {
      const { name, message } = await failureOf(directory, file);
      assert.deepEqual(directory.processes(), []);
      assert.equal(name, "StoreAccessError");
      assert.match(message, /found the disk full: free some/);
      const kept = committedShards(store);
      await remount("size=64m");
      const { stages } = await directory.complete(file);
      const { cached, resumedFrom } = stages["generate"]!;
      assert.equal(cached ? SHARDS : resumedFrom ?? 0, kept);
      assert.equal((await directory.run("verify", ["small"])).code, 0);
    });
  },
);

/** Shards of the generate stage. */
const SHARDS = 6;

/** Shards of the generate stage that are committed. */
function committedShards(store: string): number {
  return readdirSync(store, { recursive: true, encoding: "utf8" })
    .filter((path) => /^generate-\w+\/shards\/\d+\.zip$/.test(path)).length;
}

diskTest("a run refuses a read-only data directory before anything starts", async () => {
  await using directory = new TaskDirectory();
  const file = directory.write("small.json", SMALL);
  await Deno.mkdir(directory.root);
  await mounted(directory.root, "size=1m,ro", async () => {
    const { code, stdout, stderr } = await directory.run("pipeline", [file, "--json"]);
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(
      stderr,
      /^error: Cannot write to the data directory .*: make it writable, or set/m,
    );
    assert.deepEqual([...Deno.readDirSync(directory.root)], []);
  });
});

Deno.test("a module that does not load in a thread ends the run at once, by its own message", async () => {
  await using directory = new TaskDirectory();
  const file = directory.write("small.json", SMALL);
  const module = directory.path + "/thread.ts";
  // The command and the worker's main thread have no such function.
  await Deno.writeTextFile(module, `if ("postMessage" in globalThis) throw new Error("no GPU");`);
  const { code, stdout } = await directory.run("pipeline", [file, "--json", "--module", module]);
  assert.equal(code, 2);
  const { run, error, directory: place } = JSON.parse(stdout);
  assert.deepEqual([run, error.stage, error.name], [1, "generate", "InvalidInputError"]);
  assert.match(
    error.message,
    /^Cannot load module ".*thread\.ts": .*found no GPU: fix the module$/,
  );
  assert.match(await Deno.readTextFile(`${place}/report.html`), /no GPU/);
});
