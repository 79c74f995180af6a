import assert from "node:assert/strict";
import { describeStages } from "../../../runtime/run/progress.ts";
import { describeVerdicts } from "../../../pipelines/verdicts.ts";
import { headlineOf } from "../../../runtime/run/headline.ts";
import { stageTable } from "../../../workflows/stage_table.ts";
import { PLAN, progressOf, resultOf } from "../../cli/_progress.ts";

const SEEDS = Array.from({ length: 12 }, (_, seed) => seed);

/** The main job with its training 12 times. */
const VARIANTS = {
  ...PLAN,
  stages: SEEDS.map((seed) => ({ ...PLAN.stages[4]!, name: `train[seed=${seed}]` })),
};

Deno.test("describeStages() shows many variants as one line", () => {
  const stages = SEEDS.map((seed) => ({
    ...progressOf("train", { state: seed < 5 ? "completed" : seed < 7 ? "running" : "waiting" }),
    stage: `train[seed=${seed}]`,
  }));
  const view = { run: null, paused: false, live: {}, stages };
  const lines = describeStages(VARIANTS, view, new Map([["train", 0.1]]));
  assert.deepEqual(lines.map(({ name, state, text }) => ({ name, state, text })), [{
    name: "train",
    state: "running",
    text: "5/12 variants  2 running  ETA 1:10",
  }]);
  const failed = stages.map((stage, at) =>
    at === 3 ? { ...stage, state: "failed" as const } : stage
  );
  assert.equal(
    describeStages(VARIANTS, { ...view, stages: failed }, new Map())[0]?.state,
    "failed",
  );
  const few = { ...view, stages: stages.slice(0, 3) };
  assert.equal(describeStages(VARIANTS, few, new Map()).length, 3);
  assert.match(
    stageTable(stages),
    /\| train × 12 \| train \| 5 completed, 2 running, 5 waiting \|/,
  );
});

Deno.test("headlineOf() and describeVerdicts() speak of all variants", () => {
  const stages = Object.fromEntries(SEEDS.map((seed) => [
    `evaluate[seed=${seed}]`,
    resultOf("evaluate", {
      counts: { episodes: 10, successes: seed < 6 ? 10 : 8 },
      metrics: { success_rate: seed < 6 ? 1 : 0.75 },
    }),
  ]));
  assert.deepEqual(describeVerdicts(stages), ["108 of 120 unseen episodes succeeded."]);
  assert.deepEqual(headlineOf(stages), {
    stage: "evaluate",
    name: "success_rate",
    value: 0.875,
    text: "success_rate mean 87.5 % (75 % … 100 % of 12)",
  });
});
