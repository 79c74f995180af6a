import assert from "node:assert/strict";
import { join } from "node:path";
import { gatherTrainings } from "../../../activities/report/learning.ts";
import { gatherReport } from "../../../activities/report/report.ts";
import { compilePipeline } from "../../../pipelines/mod.ts";
import { PIPELINES } from "../../../pipelines/shipped/mod.ts";
import { CONTEXT } from "../../pipelines/_context.ts";
import { withDirectory } from "../../store/_episodes.ts";

const ROWS = [
  { step: 100, loss: 0.5, validationLoss: null, learningRate: 1e-3 },
  { step: 200, loss: 0.25, validationLoss: 0.3, learningRate: 1e-3 },
];

const METRICS = ROWS.map((row) => JSON.stringify(row) + "\n").join("");

const PLAN = compilePipeline(PIPELINES.get("reach-expert")!.declaration, CONTEXT);

Deno.test("gatherTrainings() shows the curves of a training that has not ended", () =>
  withDirectory(async (place) => {
    const plan = PLAN.stages.find(({ kind }) => kind === "train")!;
    const stage = { plan, directory: null, place, result: null };
    assert.deepEqual(await gatherTrainings([stage]), []);
    await Deno.writeTextFile(join(place, "metrics.jsonl"), METRICS);
    const [training] = await gatherTrainings([stage]);
    assert.deepEqual([training!.steps, training!.total], [200, 50_000]);
    assert.deepEqual(training!.losses.map(({ name, steps }) => [name, steps]), [
      ["train", [100, 200]],
      ["validation", [200]],
    ]);
  }));

Deno.test("gatherReport() tells of a run under way what is stored and what has begun", () =>
  withDirectory(async (root) => {
    const directory = "runs/reach-expert/0003";
    const train = PLAN.stages.find(({ kind }) => kind === "train")!;
    await Deno.mkdir(join(root, directory), { recursive: true });
    const opened = { plan: PLAN, workflowId: "x", build: "", rerun: false, command: null };
    const started = "2026-01-01T00:00:00.000Z";
    await Deno.writeTextFile(
      join(root, directory, "plan.json"),
      JSON.stringify({ ...opened, started }),
    );
    await Deno.mkdir(join(root, train.directory), { recursive: true });
    await Deno.writeTextFile(join(root, train.directory, "metrics.jsonl"), METRICS);
    const now = new Date("2026-01-01T00:01:00.000Z");
    const report = await gatherReport(root, directory, { now });
    assert.deepEqual([report.status, report.run, report.seconds], ["under way", 3, 60]);
    assert.deepEqual(
      Object.fromEntries(report.stages.map(({ name, state }) => [name, state])),
      {
        generate: "not run",
        validate: "not run",
        filter: "not run",
        merge: "not run",
        train: "under way",
        evaluate: "not run",
      },
    );
    assert.equal(report.trainings.length, 1);
  }));
