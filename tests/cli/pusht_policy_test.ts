import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { TaskDirectory } from "./_task_directory.ts";

/** The declaration in small: every stage, a round, a dozen demonstrations, some steps of training. */
const SMALL = [
  "generate.episodes=12",
  "rollout.episodes=4",
  "rollout.shard=2",
  "rounds.count=1",
  "train[round=0].steps=20",
  "train[round=1].steps=20",
  "validation.episodes=2",
  "validation.maxSteps=40",
  "evaluate.episodes=3",
  "evaluate.maxSteps=60",
].flatMap((value) => ["--set", value]);

Deno.test("deno task pipeline pusht-policy", async (t) => {
  await using directory = new TaskDirectory();

  await t.step("refuses what no chunk can be before anything runs", async () => {
    const set = (value: string) => ["--set", `train.options.${value}`];
    for (
      const [args, message] of [
        [set("nActionSteps=9"), /expected at most horizon \(8\), found 9/],
        [set("noiseScale=-1"), /noiseScale: expected at least 0, found -1/],
        [
          ["--set", "generate.maxSteps=7", "--set", "rollout.maxSteps=5"],
          /takeover: expected at most 5, the steps of an episode, found 60/,
        ],
        [
          ["--set", "generate.maxSteps=7", "--set", "rounds.count=0"],
          /horizon: expected at most 7, the steps of the longest episode, found 8/,
        ],
        [
          ["--set", "rollout.policy.labels=expert"],
          /labels: environment "push-t" has no policy "expert"/,
        ],
        [
          ["--set", "rollout.policy.takeover=301"],
          /takeover: expected at most 300, the steps of an episode, found 301/,
        ],
      ] as const
    ) {
      const { code, stderr } = await directory.run("pipeline", ["pusht-policy", ...args]);
      assert.equal(code, 2, stderr);
      assert.match(stderr, message);
    }
    assert.ok(!existsSync(join(directory.root, "stages")));
  });

  const run = await directory.complete("pusht-policy", ...SMALL), { stages } = run;

  await t.step("has coverages in stage evaluate, and an exported policy", () => {
    assert.equal(stages["filter"]!.counts["accepted"], 12);
    const { metrics, counts } = stages["evaluate"]!;
    assert.equal(counts["episodes"], 3);
    for (const name of ["success_rate", "mean_max_coverage", "mean_final_coverage"]) {
      const value = Number(metrics[name]);
      assert.ok(value >= 0 && value <= 1, name);
    }
    assert.ok(existsSync(join(stages["select"]!.path, "policy.onnx")));
    const report = readFileSync(join(run.directory, "report.html"), "utf8");
    assert.match(report, /Progress over time: coverage/);
    assert.match(report, /Success by round/);
    assert.match(report, /Failed in evaluate: 3/);
  });

  await t.step("has what the planner did where it took over, all of it labelled", () => {
    const rollout = stages["rollout[round=1]"]!, steps = rollout.counts["steps"]!;
    assert.ok(steps > 0 && steps <= 4 * 60, String(steps));
    assert.equal(rollout.counts["labelled_steps"], steps);
    const merged = stages["merge[round=1]"]!.counts, before = stages["merge[round=0]"]!.counts;
    assert.equal(merged["total_steps"], before["total_steps"]! + steps);
  });
});
