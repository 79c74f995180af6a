import assert from "node:assert/strict";
import { compilePipeline, type PipelineDeclaration } from "../../../pipelines/mod.ts";
import { CONTEXT } from "../_context.ts";

/** Episodes of at most 40 and 60 steps, and a policy of chunks. */
function chunks(horizon: number, model = "chunk-flow"): PipelineDeclaration {
  const episodes = { kind: "generate", environment: "reach", episodes: 2 } as const;
  return {
    name: "chunks",
    stages: {
      short: { ...episodes, maxSteps: 40 },
      long: { ...episodes, maxSteps: 60 },
      merge: { kind: "merge", from: ["short", "long"] },
      train: { kind: "train", from: "merge", model, options: { horizon } },
    },
  };
}

Deno.test("compilePipeline() refuses a chunk that is longer than every episode", () => {
  for (const model of ["chunk-flow", "chunk"]) {
    compilePipeline(chunks(60, model), CONTEXT);
    assert.throws(() => compilePipeline(chunks(61, model), CONTEXT), {
      name: "InvalidInputError",
      message: /horizon: expected at most 60, the steps of the longest episode, found 61: lower it/,
    });
  }
  const { stages } = chunks(201);
  const unlimited = { kind: "generate", environment: "reach", episodes: 2 } as const;
  assert.throws(
    () => compilePipeline({ name: "chunks", stages: { ...stages, long: unlimited } }, CONTEXT),
    /expected at most 200, the steps of the longest episode/,
  );
});
