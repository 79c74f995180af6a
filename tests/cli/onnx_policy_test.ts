import assert from "node:assert/strict";
import { copyFileSync, existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { summaryOf, type Task, TaskDirectory } from "./_task_directory.ts";

/** Policies of docs/policies.md. */
const POLICIES = fileURLToPath(new URL("../activities/onnx/policies", import.meta.url));
const LSTM = join(POLICIES, "lstm.onnx"), CHUNK = join(POLICIES, "chunk.onnx");

const SHORT = ["--episodes", "2", "--max-steps", "12"];
const IN_REACH = ["--environment", "reach", ...SHORT];

/** A declaration that names a file beside it. */
const DECLARATION = `name: mine
seed: 0
stages:
  evaluate: { kind: evaluate, policy: lstm.onnx, environment: reach, episodes: 2, maxSteps: 12 }
`;

/** Copies a policy, with its description changed. @returns The path of the copy */
function copyPolicy(directory: string, file: string, change: (text: string) => string): string {
  const name = file.slice(POLICIES.length + 1), copy = join(directory, name);
  mkdirSync(directory, { recursive: true });
  copyFileSync(file, copy);
  const text = Deno.readTextFileSync(`${file}.json`);
  Deno.writeTextFileSync(`${copy}.json`, change(text));
  return copy;
}

Deno.test("deno task evaluate and generate run ONNX policies that a file describes", async (t) => {
  await using site = new TaskDirectory();
  await site.serve();
  const folder = join(site.path, "mine");
  const evaluate = async (file: string, ...more: readonly string[]) =>
    JSON.parse(
      await site.expect("evaluate", file, ...IN_REACH, "--json", ...more),
    ).stages.evaluate;

  await t.step("with a recurrent state, found again by the digests of both files", async () => {
    const first = await evaluate(LSTM);
    assert.equal(first.counts.episodes, 2);
    const same = copyPolicy(folder, LSTM, (text) => text);
    const again = await evaluate(same);
    assert.equal(again.key, first.key);
    assert.equal(again.cached, true);
    copyPolicy(folder, LSTM, (text) => text.replace('"std": 0.5', '"std": 0.25'));
    const other = await evaluate(same, "--plan");
    assert.notEqual(other.key, first.key);
    assert.equal(other.cached, false);
  });

  await t.step("by a declaration beside which the file lies", async () => {
    copyPolicy(folder, LSTM, (text) => text);
    Deno.writeTextFileSync(join(folder, "mine.yaml"), DECLARATION);
    const { stages } = await site.complete(join(folder, "mine.yaml"));
    assert.equal(stages["evaluate"]!.cached, true);
  });

  await t.step("with images, noise and chunks, to a dataset", async () => {
    const args = ["push-t", "--engine", "chipmunk", "--policy", CHUNK, ...SHORT, "--json"];
    const { merge } = summaryOf(await site.run("generate", args)).stages;
    assert.equal(merge!.counts["total_steps"], 24);
  });
});

Deno.test("deno task evaluate refuses ONNX policies that do not fit before anything starts", async () => {
  await using site = new TaskDirectory();
  const typo = copyPolicy(
    join(site.path, "typo"),
    LSTM,
    (text) => text.replace('"inputs"', '"input"'),
  );
  const absent = copyPolicy(
    join(site.path, "absent"),
    LSTM,
    (text) => text.replace("next_cell", "next_sell"),
  );
  const broken = copyPolicy(join(site.path, "broken"), LSTM, () => "{");
  const refusals: readonly (readonly [Task, readonly string[], RegExp])[] = [
    ["evaluate", [typo, ...IN_REACH], /typo\/lstm\.onnx\.json:3:3: input: .*did you mean "inputs"/],
    [
      "evaluate",
      [absent, ...IN_REACH],
      /expected an output of the model.*did you mean "next_cell"/,
    ],
    ["evaluate", [broken, ...IN_REACH], /Cannot read ".*broken\/lstm\.onnx\.json:1:2"/],
    ["evaluate", [CHUNK, ...IN_REACH], /takes \[1, 2, 20\].*float32 observation\[1, 2, 5\]/],
    [
      "generate",
      ["reach", "--policy", CHUNK],
      /takes \[1, 2, 20\].*float32 observation\[1, 2, 5\]/,
    ],
    ["generate", ["reach", "--policy", "missing.onnx"], /Cannot read "missing\.onnx"/],
  ];
  for (const [task, args, message] of refusals) {
    const { code, stderr } = await site.run(task, args);
    assert.equal(code, 2, stderr);
    assert.match(stderr, message);
  }
  assert.ok(!existsSync(site.root));
});
