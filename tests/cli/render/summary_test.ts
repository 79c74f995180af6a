import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RunSummary } from "../../../activities/types.ts";
import {
  renderDatasetStatistics,
  renderSummary,
  statusOfRun,
} from "../../../cli/render/summary.ts";
import { locateSummary } from "../../../runtime/run/locate_summary.ts";
import { resultOf } from "../_progress.ts";

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

/** A summary as it reads where the data lie in /data. */
function summaryAt(root: string): string {
  return renderSummary(root, SUMMARY, { serving: true }).replaceAll(root, "/data");
}

Deno.test("renderSummary() tells figures, places and what to do next", async (t) => {
  const root = mkdtempSync(join(tmpdir(), "sluice-summary-"));
  try {
    mkdirSync(join(root, train.path), { recursive: true });
    writeFileSync(join(root, train.path, "policy.onnx"), "");
    await t.assertSnapshot(summaryAt(root));
  } finally {
    rmSync(root, { recursive: true });
  }
});

Deno.test("renderSummary() names neither a graph nor an evaluation of what is no policy", () => {
  const text = summaryAt("/nowhere");
  assert.match(text, /^model +\/data\/stages\/train-0123456789ab \(metrics\.jsonl\)$/m);
  assert.doesNotMatch(text, /policy|onnx|deno task evaluate/);
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
  const from = Deno.cwd(), inside = locateSummary(SUMMARY, { root: here, from });
  const elsewhere = locateSummary(SUMMARY, { root: "/mnt/data", from });
  assert.equal(inside.directory, "data/runs/reach-expert/0007");
  assert.equal(inside.stages["merge"]!.path, `data/${merge.path}`);
  assert.equal(elsewhere.directory, "/mnt/data/runs/reach-expert/0007");
});

Deno.test("statusOfRun() is 2 where input was bad that a stage found out", () => {
  const failed = (name: string) =>
    statusOfRun({ status: "failed", error: { stage: "train", name, message: "" } });
  assert.equal(statusOfRun(SUMMARY), 0);
  assert.equal(failed("InvalidInputError"), 2);
  assert.equal(failed("DamagedStoreError"), 1);
  assert.equal(statusOfRun({ status: "cancelled" }), 1);
});
