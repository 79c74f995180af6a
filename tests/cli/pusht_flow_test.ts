import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { applyOverrides } from "../../pipelines/mod.ts";
import { PIPELINES } from "../../pipelines/shipped/mod.ts";
import { digestsOf, summaryOf, TaskDirectory } from "./_task_directory.ts";
import GOLDEN from "./golden_stages.json" with { type: "json" };

/** Every stage, a hundred movements, some steps of each training. */
const SMALL = GOLDEN["pusht-flow"].arguments;

Deno.test("deno task pipeline pusht-flow", async (t) => {
  await using directory = new TaskDirectory();
  await directory.serve();
  const run = await directory.complete("pusht-flow", ...SMALL);
  const { counts, metrics, path } = run.stages["evaluate"]!;

  await t.step("has all metrics in stage evaluate", () => {
    assert.equal(counts["episodes"], 100);
    const names = [
      ...["nll_excess", "nll_mix_excess", "nll_mix", "nll_mix_base"],
      ...["nll_moving", "nll_moving_gaussian", "nll_still", "nll_still_gaussian"],
      ...["one_step_error", "one_step_error_persistence", "one_step_error_constant_velocity"],
      ...["ten_step_error", "ten_step_error_persistence"],
      ...["coverage_50", "coverage_90", "coverage_50_moving", "coverage_90_moving"],
      ...["chain_gap_px", "chain_gap_px_off", "nll_consistency", "nll_consistency_off"],
      ...["samples_per_second", "simulator_steps_per_second"],
    ];
    assert.deepEqual(names.filter((name) => !Number.isFinite(metrics[name])), []);
  });

  await t.step("writes the bytes that it always has", () => {
    assert.deepEqual(digestsOf(run), GOLDEN["pusht-flow"].digests);
  });

  await t.step("comes to the same bytes by a kind of a module in place of score", async () => {
    const small = applyOverrides(PIPELINES.get("pusht-flow")!.declaration, {
      episodes: 100,
      set: SMALL.filter((word) => word.includes("=")),
    });
    const scored = { ...small.stages["evaluate"], kind: "own-score" };
    const declaration = { ...small, stages: { ...small.stages, evaluate: scored } };
    const file = directory.write("own.json", declaration);
    const module = new URL("../library/own_score.ts", import.meta.url).pathname;
    const own = await directory.complete(file, "--module", module);
    assert.deepEqual(digestsOf(own), digestsOf(run));
    assert.equal(own.stages["merge"]!.cached, true);
  });

  await t.step("draws futures and diagrams in the report", () => {
    const report = readFileSync(join(run.directory, "report.html"), "utf8");
    assert.match(report, /<h2 id="predictions">/);
    assert.match(report, /Reliability: one step, moving/);
    assert.match(report, /block_pos x in episode \d+/);
  });

  await t.step("--rerun comes to the same bytes", async () => {
    const again = await directory.complete("pusht-flow", ...SMALL, "--rerun");
    assert.deepEqual(digestsOf(again), digestsOf(run));
    assert.ok(existsSync(join(path, "figures.json")));
  });

  await t.step("train takes every hyperparameter", async () => {
    const result = await directory.run("train", [
      ...["pusht-flow/1", "--json", "--model", "flow", "--steps", "2", "--batch", "64"],
      ...["--aux-conditioner-hidden-size", "8", "--aux-num-flow-layers", "1"],
      ...["--aux-scale-fn", "exp", "--option", 'moving=["observation/agent_pos"]'],
    ]);
    const policy = join(summaryOf(result).stages["train"]!.path, "policy/zarr.json");
    const { attributes } = JSON.parse(readFileSync(policy, "utf8"));
    const { architecture, moving } = attributes.config;
    assert.deepEqual(moving, ["observation/agent_pos"]);
    assert.equal(architecture.auxConditionerHiddenSize, 8);
    assert.equal(architecture.auxNumFlowLayers, 1);
    assert.equal(architecture.auxScaleFn, "exp");
  });

  await t.step("refuses what is out of range before anything runs", async () => {
    const { code, stderr } = await directory.run("train", [
      ...["pusht-flow/1", "--model", "flow", "--aux-num-flow-layers", "99"],
    ]);
    assert.equal(code, 2);
    assert.match(stderr, /auxNumFlowLayers: expected at most \d+, found 99/);
  });
});
