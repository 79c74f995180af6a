import assert from "node:assert/strict";
import { compilePipeline, definePipeline, type StageDeclaration } from "../../../pipelines/mod.ts";
import { CONTEXT } from "../_context.ts";

type Generate = Extract<StageDeclaration<never>, { readonly kind: "generate" }>;

function stageOf(generate: Partial<Generate>) {
  const declaration = definePipeline({
    name: "p",
    stages: { generate: { kind: "generate", environment: "reach", ...generate } },
  });
  return compilePipeline(declaration, CONTEXT).stages[0]!;
}

Deno.test("generate.shard auto holds more of tiny episodes, and never fewer than by default", () => {
  const { stepBytes } = CONTEXT.environments["reach"]!;
  const shardOf = (generate: Partial<Generate>) =>
    stageOf({ shard: "auto", ...generate }).chain!.shard;
  for (const maxSteps of [1, 2, 5, 50, 200]) {
    const shard = shardOf({ maxSteps }), bytes = shard * maxSteps * stepBytes;
    assert.equal(Math.log2(shard) % 1, 0, "a power of two");
    assert(shard === 4096 || (bytes <= 2 ** 22 && 2 * bytes > 2 ** 22) || shard === 32, `${shard}`);
  }
  assert(shardOf({ maxSteps: 2 }) > 1000);
  assert.equal(shardOf({ cameras: [{}] }), 6); // as by default
  assert.equal(stageOf({}).chain!.shard, 32);
});

Deno.test("generate.shard auto is the number that it comes to: the same key, whatever the episodes", () => {
  const auto = stageOf({ shard: "auto", maxSteps: 2 });
  assert.equal(auto.key, stageOf({ shard: auto.chain!.shard, maxSteps: 2 }).key);
  assert.equal(auto.key, stageOf({ shard: "auto", maxSteps: 2, episodes: 1_000_000 }).key);
});
