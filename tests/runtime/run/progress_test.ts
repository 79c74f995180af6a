import assert from "node:assert/strict";
import { describeStages, formatClock, type ProgressView } from "../../../runtime/run/progress.ts";
import { renderBars, renderLine, stageEvent } from "../../../cli/render/render_progress.ts";
import { PLAN, progressOf, resultOf } from "../../cli/_progress.ts";

const MIDWAY: ProgressView = {
  run: null,
  paused: false,
  live: {},
  stages: [
    progressOf("generate", {
      state: "running",
      shardsDone: 20,
      shardsTotal: 32,
      candidates: 640,
      accepted: 640,
      successes: 635,
    }),
    progressOf("validate", {
      state: "running",
      shardsDone: 19,
      shardsTotal: 32,
      candidates: 608,
      accepted: 600,
    }),
    progressOf("filter", { state: "running", shardsTotal: 32 }),
    progressOf("merge"),
    progressOf("train"),
    progressOf("evaluate"),
  ],
};

const TRAINING: ProgressView = {
  run: null,
  paused: true,
  live: { train: { done: 12_000, total: 50_000, loss: 0.01234 } },
  stages: [
    progressOf("generate", {
      state: "completed",
      shardsTotal: 32,
      candidates: 1024,
      result: resultOf("generate", { metrics: { success_rate: 0.994 } }),
    }),
    progressOf("validate", {
      state: "cached",
      result: resultOf("validate", { metrics: { acceptance_rate: 1 }, cached: true }),
    }),
    progressOf("filter", {
      state: "failed",
      candidates: 512,
      accepted: 0,
      shardsTotal: 32,
      quarantined: 2,
    }),
    progressOf("merge", {
      state: "completed",
      result: resultOf("merge", {
        counts: { total_episodes: 1000 },
        metrics: { success_rate: 0.996 },
      }),
    }),
    progressOf("train", { state: "paused" }),
    progressOf("evaluate"),
  ],
};

const RATES = new Map([["generate", 812.4], ["validate", 3000]]);

Deno.test("renderBars() fits every width and shows what matters of each stage", async (t) => {
  const pictures = [110, 72, 40, 12].map((width) => {
    const bars = [MIDWAY, TRAINING].map((view) =>
      renderBars(describeStages(PLAN, view, RATES), { width, colour: false })
    ).join("\n\n");
    for (const line of bars.split("\n")) assert.ok(line.length <= width, `${width}: ${line}`);
    return `${width} columns\n${bars}`;
  });
  await t.assertSnapshot(pictures.join("\n\n"));
});

Deno.test("renderBars() colours the state only where colours are wanted", () => {
  const lines = describeStages(PLAN, MIDWAY, RATES);
  const plain = renderBars(lines, { width: 80, colour: false });
  const coloured = renderBars(lines, { width: 80, colour: true });
  assert.ok(!plain.includes("\x1b"));
  // deno-lint-ignore no-control-regex -- escapes are what is looked for
  assert.equal(coloured.replaceAll(/\x1b\[[0-9;]*m/g, ""), plain);
  assert.notEqual(coloured, plain);
});

Deno.test("renderLine() and stageEvent() say the same to a log and to a machine", async (t) => {
  const lines = describeStages(PLAN, TRAINING, RATES);
  const both = lines.map((line) => `${renderLine(line)}\n${JSON.stringify(stageEvent(line))}`);
  await t.assertSnapshot(both.join("\n"));
});

Deno.test("formatClock() grows an hour only where it needs one", () => {
  assert.deepEqual([0, 4.4, 61, 3599, 3600, 90_061].map(formatClock), [
    "0:00",
    "0:04",
    "1:01",
    "59:59",
    "1:00:00",
    "25:01:01",
  ]);
});

Deno.test("describeStages() counts the episodes of every condition of an evaluation", () => {
  const evaluate = PLAN.stages.at(-1)!;
  const plan = {
    ...PLAN,
    stages: [{ ...evaluate, parameters: { ...evaluate.parameters, testPush: 15 } }],
  };
  const stages = [progressOf("evaluate", { state: "running", candidates: 120, shardsTotal: 8 })];
  const [line] = describeStages(plan, { ...MIDWAY, stages }, RATES);
  assert.deepEqual(line!.work, { done: 120, total: 200, unit: "episodes" });
});
