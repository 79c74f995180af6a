import assert from "node:assert/strict";
import { createCompileContext } from "../../runtime/prepare/compile_context.ts";
import { compilePipeline, definePipeline } from "../../pipelines/mod.ts";
import { PIPELINES } from "../../pipelines/shipped/mod.ts";
import { evaluationConditions } from "../../pipelines/kinds/evaluate.ts";
import { withDirectory } from "../store/_episodes.ts";

function evaluation(environment: string) {
  return definePipeline({
    name: "pushed",
    stages: {
      generate: { kind: "generate", environment },
      merge: { kind: "merge", from: "generate" },
      train: { kind: "train", from: "merge" },
      evaluate: {
        kind: "evaluate",
        from: "train",
        episodes: 10,
        shard: 4,
        testNoise: 1,
        testPush: 15,
      },
    },
  });
}

Deno.test("evaluationConditions() is plain, then noisy, then pushed, as far as declared", () => {
  assert.deepEqual(evaluationConditions({}), ["plain"]);
  assert.deepEqual(evaluationConditions({ testPush: 15 }), ["plain", "pushed"]);
  assert.deepEqual(evaluationConditions({ testNoise: 1, testPush: 15 }), [
    "plain",
    "noisy",
    "pushed",
  ]);
});

Deno.test("compilePipeline() gives every condition its shards, and pushes only what can be pushed", () =>
  withDirectory(async (directory) => {
    const declaration = evaluation("quadruped");
    const context = await createCompileContext(directory, declaration);
    const plan = compilePipeline(declaration, context);
    assert.equal(plan.stages.find(({ name }) => name === "evaluate")!.shards, 9);
    assert.throws(() => compilePipeline(evaluation("reach"), context), {
      name: "InvalidInputError",
      message: /testPush.*the environment does not support pushes: remove testPush/s,
    });
  }));

Deno.test("quadruped pipelines name paths that there are, and others are refused", () =>
  withDirectory(async (directory) => {
    for (const name of ["quadruped-walk", "quadruped-ablation"]) {
      const { declaration } = PIPELINES.get(name)!;
      const plan = compilePipeline(declaration, await createCompileContext(directory, declaration));
      const evaluate = plan.stages.find(({ name }) => name === "evaluate")!;
      assert.equal(evaluate.parameters["episodes"], 80);
    }
    const declaration = definePipeline({
      name: "lost",
      stages: {
        generate: { kind: "generate", environment: "quadruped", options: { path: "cirle" } },
        merge: { kind: "merge", from: "generate" },
      },
    });
    const context = await createCompileContext(directory, declaration);
    assert.throws(() => compilePipeline(declaration, context), {
      name: "InvalidInputError",
      message: /expected commands or random or .* found "cirle": did you mean "circle"\?/,
    });
  }));
