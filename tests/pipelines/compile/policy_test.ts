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

type GeneratePolicy = NonNullable<Parameters<typeof generatePipeline>[0]["policy"]>;
type EvaluatePolicy = Parameters<typeof evaluatePipeline>[0]["policy"];
