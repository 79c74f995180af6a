import assert from "node:assert/strict";
import { renderStatus, type RunStatus, statusJson } from "../../../cli/render/status_view.ts";
import { PLAN, progressOf, resultOf } from "../_progress.ts";

const STATUS: RunStatus = {
  run: {
    workflowId: "reach-expert-0123456789ab-89abcdef",
    pipeline: "reach-expert",
    build: "f".repeat(64),
    started: new Date("2026-01-02T03:04:05Z"),
    place: { pipeline: "reach-expert", run: 7, directory: "runs/reach-expert/0007" },
  },
  served: true,
  missing: [],
  place: { run: 7, directory: "runs/reach-expert/0007" },
  plan: PLAN,
  command: "deno task pipeline reach-expert",
  kernels: ["native AVX2"],
  ui: "http://127.0.0.1:8233/namespaces/default/workflows/reach-expert-0123456789ab-89abcdef",
  uiPlace: "http://127.0.0.1:8233/namespaces/default/workflows/reach-expert-0123456789ab-89abcdef",
  view: {
    run: { run: 7, directory: "runs/reach-expert/0007", base: "" },
    paused: false,
    live: { train: { done: 12_000, total: 50_000, loss: 0.01234 } },
    stages: [
      progressOf("generate", {
        state: "completed",
        result: resultOf("generate", {
          counts: { candidates: 1024 },
          metrics: { success_rate: 0.994 },
        }),
      }),
      progressOf("merge", {
        state: "cached",
        result: resultOf("merge", { counts: { total_episodes: 1000 } }),
      }),
      progressOf("train", { state: "running" }),
      progressOf("evaluate"),
    ],
  },
};

Deno.test("renderStatus() shows every stage, and where to look further", async (t) => {
  await t.assertSnapshot(renderStatus(STATUS));
});

Deno.test("renderStatus() says what is missing before a run begins and without a worker", async (t) => {
  const unopened = { ...STATUS, place: null, plan: null, command: null };
  const starting = { ...unopened, view: { ...STATUS.view!, run: null } };
  const interrupted = { ...STATUS, view: null, ui: null, uiPlace: null };
  const stopped = { ...interrupted, served: false, command: null };
  const alone = { ...unopened, view: null, ui: null, uiPlace: null };
  await t.assertSnapshot([starting, interrupted, stopped, alone].map(renderStatus).join("\n\n"));
});

Deno.test("renderStatus() says which work no worker asks for", () => {
  const waiting = { ...STATUS, missing: ["learn"] };
  assert.match(renderStatus(waiting), /^reach-expert\/7 {2}running: no worker for learn\n/);
  assert.deepEqual(statusJson(waiting).missing, ["learn"]);
});

Deno.test("statusJson() has the figures of every stage, and nulls where no worker answers", () => {
  const { stages, ...run } = statusJson(STATUS);
  assert.deepEqual(run, {
    workflowId: "reach-expert-0123456789ab-89abcdef",
    pipeline: "reach-expert",
    run: 7,
    directory: "runs/reach-expert/0007",
    command: "deno task pipeline reach-expert",
    started: "2026-01-02T03:04:05.000Z",
    kernels: ["native AVX2"],
    ui: STATUS.ui,
    paused: false,
    missing: [],
  });
  assert.deepEqual(stages[2], {
    stage: "train",
    state: "running",
    done: 12_000,
    total: 50_000,
    unit: "steps",
    loss: 0.01234,
  });
  const alone = statusJson({ ...STATUS, view: null });
  assert.deepEqual([alone.run, alone.paused, alone.stages], [7, null, []]);
});
