import assert from "node:assert/strict";
import { createCompileContext } from "../../runtime/prepare/compile_context.ts";
import { compilePipeline } from "../../pipelines/mod.ts";
import { StageStates } from "../../workflows/stage_states.ts";
import { JOB } from "../activities/_job.ts";

const { stages } = compilePipeline(JOB, await createCompileContext("/nowhere", JOB));

Deno.test("StageStates.receive() reopens no stage by a report that arrives after its end", () => {
  for (const state of ["completed", "failed", "cancelled"] as const) {
    const states = new StageStates(stages);
    const trained = () => states.all.find(({ stage }) => stage === "train")!;
    const report = { ...trained(), state: "running", work: { done: 100, total: 200 } } as const;
    assert.ok(states.receive(report));
    assert.equal(trained().state, "running");
    states.set("train", { state });
    assert.ok(states.receive({ ...report, work: { done: 150, total: 200 } }));
    assert.equal(trained().state, state);
    assert.equal(trained().work?.done, 150);
  }
});
