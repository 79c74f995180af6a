import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { TaskDirectory } from "./_task_directory.ts";

/** The declaration in small: every stage, a dozen demonstrations, some steps of training. */
const SMALL = [
  ...["--episodes", "12", "--set", "train.steps=20", "--set", "evaluate.episodes=3"],
  ...["--set", "evaluate.maxSteps=60"],
];

Deno.test("deno task pipeline pusht-policy", async (t) => {
  await using directory = new TaskDirectory();

  await t.step("refuses what no chunk can be before anything runs", async () => {
    const set = (value: string) => ["--set", `train.options.${value}`];
    for (
      const [args, message] of [
        [set("nActionSteps=9"), /expected at most horizon \(8\), found 9/],
        [set("noiseScale=-1"), /noiseScale: expected at least 0, found -1/],
      ] as const
    ) {
      const { code, stderr } = await directory.run("pipeline", ["pusht-policy", ...args]);
      assert.equal(code, 2, stderr);
      assert.match(stderr, message);
    }
    assert.ok(!existsSync(join(directory.root, "stages")));
  });

  await t.step("has coverages in stage evaluate, and an exported policy", async () => {
    const run = await directory.complete("pusht-policy", ...SMALL), { stages } = run;
    assert.equal(stages["filter"]!.counts["accepted"], 12);
    const { metrics, counts } = stages["evaluate"]!;
    assert.equal(counts["episodes"], 3);
    for (const name of ["success_rate", "mean_max_coverage", "mean_final_coverage"]) {
      const value = Number(metrics[name]);
      assert.ok(value >= 0 && value <= 1, name);
    }
    assert.ok(existsSync(join(stages["train"]!.path, "policy.onnx")));
    const report = readFileSync(join(run.directory, "report.html"), "utf8");
    assert.match(report, /Progress over time: coverage/);
    assert.match(report, /Failed in evaluate: 3/);
  });
});
