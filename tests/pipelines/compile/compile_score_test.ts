import assert from "node:assert/strict";
import { score } from "../../../pipelines/kinds/score.ts";
import {
  compilePipeline,
  parametersOf,
  type PipelineDeclaration,
  type StageDeclaration,
} from "../../../pipelines/mod.ts";
import { CONTEXT } from "../_context.ts";

Deno.test("compilePipeline() scores predictions and evaluates policies, not the other way", () => {
  const declare = (model: string, last: StageDeclaration): PipelineDeclaration => ({
    name: "p",
    stages: {
      generate: { kind: "generate", environment: "reach" },
      merge: { kind: "merge", from: "generate" },
      train: { kind: "train", from: "merge", model },
      other: { kind: "train", from: "merge", model: "flow", steps: 7 },
      last,
    },
  });
  const scoring = { kind: "score", from: ["train", "merge"] } as const;
  const from = ["train", "merge", "other"];
  const plan = compilePipeline(
    declare("flow", { ...scoring, from, compare: { base: "other" } }),
    CONTEXT,
  );
  const last = plan.stages.find(({ name }) => name === "last")!;
  assert.equal(parametersOf(last, score).split, "test");
  assert.equal(last.shards, undefined);
  const cases: readonly [PipelineDeclaration, RegExp][] = [
    [
      declare("bc", scoring),
      /model "bc" is a policy and makes no predictions to score: use .* evaluate/,
    ],
    [declare("flow", { kind: "evaluate", from: "train" }), /model "flow" is no policy: .* score/],
    [declare("flow", { ...scoring, from, compare: { bse: "other" } }), /did you mean "base"\?/],
    [declare("bc", { ...scoring, from, compare: { base: "other" } }), /found bc and flow/],
  ];
  for (const [declaration, message] of cases) {
    assert.throws(() => compilePipeline(declaration, CONTEXT), {
      name: "InvalidInputError",
      message,
    });
  }
});
