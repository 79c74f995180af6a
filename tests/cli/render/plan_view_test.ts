import assert from "node:assert/strict";
import { renderPlan } from "../../../cli/render/plan_view.ts";
import { PLAN } from "../_progress.ts";

const UNITS: Readonly<Record<string, string>> = {
  generate: "candidates",
  validate: "candidates",
  filter: "candidates",
  merge: "episodes",
  train: "steps",
  evaluate: "episodes",
  score: "transitions",
};

const ESTIMATES = PLAN.stages.map(({ name, kind }) => ({
  stage: name,
  shards: kind === "merge" || kind === "train" ? 0 : kind === "evaluate" ? 4 : 32,
  count: kind === "train" ? 50_000 : 1000,
  unit: UNITS[kind] ?? "steps",
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

Deno.test("renderPlan() counts variants, and says what they share and what they cost", async (t) => {
  const variants = [1, 2, 3].flatMap((seed) =>
    PLAN.stages.slice(-2).map((stage) => ({ ...stage, name: `${stage.name}[lr=0.1,seed=${seed}]` }))
  );
  const plan = { ...PLAN, stages: [...PLAN.stages.slice(0, -2), ...variants] };
  const estimates = plan.stages.map(({ name, kind }) => ({
    ...ESTIMATES.find(({ stage }) => stage === kind)!,
    stage: name,
  }));
  const stored = new Map(plan.stages.map(({ name }) => [name, {
    cached: !name.includes("[") || name.startsWith("train[lr=0.1,seed=2"),
    shards: 0,
    step: 0,
  }]));
  await t.assertSnapshot(renderPlan(plan, estimates, stored));
});
