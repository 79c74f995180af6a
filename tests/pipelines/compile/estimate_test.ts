import assert from "node:assert/strict";
import { compilePipeline, estimatePlan, trainPipeline } from "../../../pipelines/mod.ts";
import { PIPELINES } from "../../../pipelines/shipped/mod.ts";
import { CONTEXT } from "../_context.ts";

const EXPERT = PIPELINES.get("reach-expert")!.declaration;

Deno.test("estimatePlan() counts shards, episodes and bytes", () => {
  const estimates = estimatePlan(compilePipeline(EXPERT, CONTEXT), CONTEXT);
  const byStage = new Map(estimates.map((estimate) => [estimate.stage, estimate]));
  assert.deepEqual(byStage.get("generate"), {
    stage: "generate",
    shards: 32,
    count: 1024,
    unit: "candidates",
    bytes: 1024 * 200 * 100,
  });
  assert.equal(byStage.get("merge")?.count, 1000);
  const { count, unit } = byStage.get("train")!;
  assert.deepEqual([count, unit], [50_000, "steps"]);
  assert.equal(byStage.get("evaluate")?.shards, 4);
});

Deno.test("estimatePlan() counts in epochs where the model does", () => {
  const declaration = trainPipeline({
    dataset: "d",
    model: "path-policy",
    options: { epochs: 30 },
  });
  const [train] = estimatePlan(compilePipeline(declaration, CONTEXT), CONTEXT);
  assert.deepEqual([train!.count, train!.unit], [30, "epochs"]);
});
