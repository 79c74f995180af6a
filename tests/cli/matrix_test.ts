import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { summaryOf, TaskDirectory } from "./_task_directory.ts";

/** Data of a second, and trainings of less. */
const DECLARATION = {
  name: "rates",
  stages: {
    generate: { kind: "generate", environment: "reach", episodes: 4, shard: 4 },
    merge: { kind: "merge", from: "generate" },
    train: { kind: "train", from: "merge", steps: 2, hidden: [8] },
    evaluate: { kind: "evaluate", from: "train", episodes: 2, maxSteps: 10 },
  },
};

Deno.test("--matrix runs every variant, once and by its own name", async () => {
  await using directory = new TaskDirectory();
  await directory.serve();
  const file = directory.write("rates.json", DECLARATION);
  const matrix = ["--matrix", "train.lr=1e-3,1e-4", "--matrix", "train.seed=1..2"];
  const summary = summaryOf(await directory.run("pipeline", [file, ...matrix, "--json"]));
  assert.equal(summary.status, "completed");
  const names = Object.keys(summary.stages);
  assert.deepEqual(names.filter((name) => name.startsWith("train")), [
    "train[lr=0.001,seed=1]",
    "train[lr=0.001,seed=2]",
    "train[lr=0.0001,seed=1]",
    "train[lr=0.0001,seed=2]",
  ]);
  assert.equal(names.length, 2 + 2 * 4);
  for (const name of names) {
    assert.ok(existsSync(join(directory.root, "runs/rates/0001/stages", name)), name);
  }
  // A stage that sets by itself what a variant sets is the same work.
  const set = ["--set", "train.lr=0.0001", "--set", "train.seed=2"];
  const alone = summaryOf(await directory.run("pipeline", [file, ...set, "--json"]));
  assert.ok(Object.values(alone.stages).every(({ cached }) => cached));
  const variant = summary.stages["evaluate[lr=0.0001,seed=2]"];
  assert.equal(alone.stages["evaluate"]?.digest, variant?.digest);
  // One variant changed is computed anew, with what reads it, and nothing else.
  const changed = ["--set", "train[lr=0.0001,seed=2].steps=3"];
  const again = summaryOf(await directory.run("pipeline", [file, ...matrix, ...changed, "--json"]));
  const computed = Object.entries(again.stages).filter(([, { cached }]) => !cached);
  assert.deepEqual(computed.map(([name]) => name), [
    "train[lr=0.0001,seed=2]",
    "evaluate[lr=0.0001,seed=2]",
  ]);
  const rerun = await directory.run("pipeline", [file, ...matrix, "--rerun"]);
  assert.equal(rerun.code, 0, rerun.stderr);
});

Deno.test("--matrix refuses what it cannot vary before anything begins", async () => {
  await using directory = new TaskDirectory();
  const file = directory.write("rates.json", DECLARATION);
  const cases: readonly (readonly [string, RegExp])[] = [
    ["train.sed=1,2", /stages\.train\.matrix\.sed: .*did you mean "seed"/],
    ["train.lr=", /expected levels of train\.lr/],
    ["train.seed=1..600", /at most 512 variants of a stage, found 600/],
    ["train.checkpointEvery=1,2", /changes nothing in the result/],
    ["trai.seed=1", /did you mean "train"/],
    ["train.lr=1e-4,50", /matrix\.lr\.1: expected at most 10, found 50/],
  ];
  for (const [matrix, expected] of cases) {
    const { code, stderr } = await directory.run("pipeline", [file, "--matrix", matrix]);
    assert.equal(code, 2, matrix);
    assert.match(stderr, expected);
  }
  assert.equal(existsSync(directory.root), false);
});
