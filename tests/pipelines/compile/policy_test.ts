import assert from "node:assert/strict";
import { InvalidInputError } from "../../../core/errors.ts";
import {
  compilePipeline,
  evaluatePipeline,
  generatePipeline,
  type PipelineDeclaration,
} from "../../../pipelines/mod.ts";
import { CONTEXT } from "../_context.ts";

Deno.test("compilePipeline() gives forms of a policy that mean the same one key", () => {
  const generated = (policy: GeneratePolicy) =>
    compilePipeline(generatePipeline({ environment: "reach", policy }), CONTEXT).stages[0]!;
  const evaluated = (policy: EvaluatePolicy) =>
    compilePipeline(evaluatePipeline({ environment: "reach", policy }), CONTEXT).stages[0]!;
  assert.deepEqual(generated({ named: "scripted" }), generated("scripted"));
  assert.deepEqual(evaluated({ stored: "p" }), evaluated("p"));
  const named = evaluated({ named: "scripted" });
  assert.deepEqual([named.external, named.parameters["policy"]], [[], { named: "scripted" }]);
  assert.notEqual(named.key, evaluated("p").key);
  assert.notEqual(named.key, evaluated({ named: "random" }).key);
  const stored = generated({ stored: "runs/a/0001" });
  assert.deepEqual(stored.external.map(({ parameter, path }) => [parameter, path]), [
    ["policy", "runs/a/0001"],
  ]);
  assert.notEqual(stored.key, generated("scripted").key);
  // Its digest is what counts, not where it lies.
  assert.equal(stored.key, generated({ stored: "runs/b/0001" }).key);
  for (
    const policy of [{ named: "scripte" }, { stored: "../x" }, {}, { named: "a", stored: "b" }]
  ) {
    const broken = { kind: "generate", environment: "reach", policy };
    const pipeline = { name: "x", stages: { generate: broken } } as unknown as PipelineDeclaration; // broken
    assert.throws(() => compilePipeline(pipeline, CONTEXT), InvalidInputError);
  }
});

Deno.test("compilePipeline() answers a policy that has the form of another with that form", () => {
  const refusals: readonly (readonly [kind: string, policy: unknown, message: RegExp])[] = [
    ["generate", "x.onnx", /or \{ stored: "x\.onnx" \} for a trained one, found "x\.onnx"/],
    ["generate", "reach-expert/1", /or \{ stored: "reach-expert\/1" \} for a trained one/],
    ["evaluate", { named: "x.onnx" }, /or \{ stored: "x\.onnx" \} for a trained one/],
    ["generate", { from: "x.onnx" }, /a stage of this pipeline, or \{ stored: "x\.onnx" \}/],
    ["generate", { command: "python p.py" }, /--policy-command NAME='…' gives it/],
    ["evaluate", { command: "python p.py", from: "a" }, /--policy-command NAME='…' gives it/],
    ["evaluate", { from: "train" }, /expected from: train in the stage itself/],
    ["evaluate", 3, /expected a path, \{ named: "scripted" \}/],
  ];
  for (const [kind, policy, message] of refusals) {
    const stages = { stage: { kind, environment: "reach", policy } };
    const pipeline = { name: "x", stages } as unknown as PipelineDeclaration; // broken
    assert.throws(() => compilePipeline(pipeline, CONTEXT), message);
  }
});

Deno.test("compilePipeline() puts the article that a kind asks for", () => {
  const pipeline = { name: "x", stages: { stage: { kind: "evaluate", environment: "reach" } } };
  assert.throws(
    () => compilePipeline(pipeline as unknown as PipelineDeclaration, CONTEXT), // without an input
    /an evaluate stage needs an input/,
  );
});

type GeneratePolicy = NonNullable<Parameters<typeof generatePipeline>[0]["policy"]>;
type EvaluatePolicy = Parameters<typeof evaluatePipeline>[0]["policy"];
