import assert from "node:assert/strict";
import { formatBytes, renderPlan } from "../../cli/plan_view.ts";
import { PLAN } from "./_progress.ts";

const UNITS = {
  generate: "candidates",
  validate: "candidates",
  filter: "candidates",
  merge: "episodes",
  train: "steps",
  evaluate: "episodes",
  score: "transitions",
} as const;

const ESTIMATES = PLAN.stages.map(({ name, kind }) => ({
  stage: name,
  shards: kind === "merge" || kind === "train" ? 0 : kind === "evaluate" ? 4 : 32,
  count: kind === "train" ? 50_000 : 1000,
  unit: UNITS[kind],
  bytes: 1_234_567,
}));

Deno.test("renderPlan() says of each stage what is stored and what will run", async (t) => {
  const stored = new Map(PLAN.stages.map(({ name }) => [name, {
    cached: name === "generate",
    shards: name === "validate" ? 12 : 0,
    step: name === "train" ? 4000 : 0,
  }]));
  await t.assertSnapshot(renderPlan(PLAN, ESTIMATES, stored));
});

Deno.test("renderPlan() says so when nothing will run", () => {
  const stored = new Map(
    PLAN.stages.map(({ name }) => [name, { cached: true, shards: 0, step: 0 }]),
  );
  assert.match(renderPlan(PLAN, ESTIMATES, stored), /Everything is stored: nothing will run/);
});

Deno.test("formatBytes() takes the unit that leaves three digits", () => {
  assert.deepEqual([0, 999, 1000, 12_345, 812_000, 1.3e9, 5e15].map(formatBytes), [
    "0 B",
    "999 B",
    "1.0 kB",
    "12.3 kB",
    "812 kB",
    "1.3 GB",
    "5000 TB",
  ]);
});
