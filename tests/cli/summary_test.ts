import assert from "node:assert/strict";
import { join } from "node:path";
import type { RunSummary } from "../../activities/types.ts";
import { locateSummary, renderDatasetStatistics, renderSummary } from "../../cli/summary.ts";
import { resultOf } from "./_progress.ts";

const { stage: _merge, ...merge } = resultOf("merge", {
  counts: { total_episodes: 1000, total_steps: 41_234 },
  metrics: { mean_episode_length: 41.2, mean_reward: -7.25, success_rate: 0.994 },
});
const { stage: _train, ...train } = resultOf("train", {
  counts: { steps: 50_000 },
  metrics: { loss: 0.00123 },
  cached: true,
});

const SUMMARY: RunSummary = {
  pipeline: "reach-expert",
  run: 7,
  status: "completed",
  digest: "0123456789abcdef".repeat(4),
  directory: "runs/reach-expert/0007",
  seconds: 81.2,
  stages: { merge, train, train_clean: train },
  temporal: { ui: "http://127.0.0.1:8233/namespaces/default/workflows/x" },
};

Deno.test("renderSummary() tells figures, places and what to do next", async (t) => {
  await t.assertSnapshot(renderSummary("/data", SUMMARY, { serving: true }));
});

Deno.test("renderSummary() tells the error of a failed run", async (t) => {
  const error = { stage: "filter", name: "NothingAcceptedError", message: "0 of 20 were accepted" };
  await t.assertSnapshot(renderSummary("/data", {
    ...SUMMARY,
    status: "failed",
    error,
    stages: {},
  }, { serving: false }));
});

Deno.test("renderDatasetStatistics() has the names of collection scripts", async (t) => {
  const output = { path: "/data/reach.h5", bytes: 1_500_000 };
  await t.assertSnapshot(renderDatasetStatistics(merge, output));
});

Deno.test("locateSummary() names places as the working directory sees them", () => {
  const here = join(Deno.cwd(), "data");
  const inside = locateSummary(here, SUMMARY), elsewhere = locateSummary("/mnt/data", SUMMARY);
  assert.equal(inside.directory, "data/runs/reach-expert/0007");
  assert.equal(inside.stages["merge"]!.path, `data/${merge.path}`);
  assert.equal(elsewhere.directory, "/mnt/data/runs/reach-expert/0007");
});
