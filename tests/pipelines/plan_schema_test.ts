import assert from "node:assert/strict";
import { InvalidInputError } from "../../core/errors.ts";
import { requireKey } from "../../pipelines/key_check.ts";
import { compilePipeline, type PipelinePlan, type StagePlan } from "../../pipelines/mod.ts";
import {
  checkInput,
  PIPELINE_PLAN,
  requireKind,
  STAGE_NAME,
  STAGE_PLAN,
} from "../../pipelines/plan_schema.ts";
import { findKind } from "../../pipelines/kinds/mod.ts";
import { CONTEXT } from "./_context.ts";

const PLAN: PipelinePlan = compilePipeline({
  name: "job",
  stages: {
    generate: { kind: "generate", environment: "reach", episodes: 10 },
    validate: { kind: "validate", from: "generate" },
    filter: { kind: "filter", from: "validate" },
    merge: { kind: "merge", from: "filter" },
    train: { kind: "train", from: "merge", model: "bc" },
    evaluate: { kind: "evaluate", from: "train" },
  },
}, CONTEXT);

const stageOf = (name: string) => PLAN.stages.find((stage) => stage.name === name)!;

Deno.test("PIPELINE_PLAN, requireKind() and requireKey() take what compilePipeline() makes", () => {
  // Over the network it is JSON.
  const plan = checkInput("a plan", PIPELINE_PLAN, JSON.parse(JSON.stringify(PLAN)));
  for (const stage of plan.stages) {
    requireKind(stage, findKind(stage.kind));
    requireKey(stage, stage.from.map(stageOf), CONTEXT);
  }
});

Deno.test("PIPELINE_PLAN refuses places that are not those of kind and key, and chains with loose ends", () => {
  const cases: readonly (readonly [stage: string, change: Partial<StagePlan>, message: RegExp])[] =
    [
      ["train", { name: "../../../x" }, /stages\.4\.name: expected the name of a stage/],
      [
        "train",
        { directory: "../y" },
        /stages\.4\.directory: expected "stages\/train-[0-9a-f]{12}"/,
      ],
      ["merge", { commit: stageOf("merge").commit + "/.." }, /stages\.3\.commit: expected "stages/],
      ["train", { manifestKey: "0".repeat(64) }, /stages\.4\.manifestKey: expected/],
      ["merge", { from: ["later"] }, /stages\.3\.from: expected stages that come before/],
      ["merge", { name: "filter" }, /stages\.3\.name: expected a name of its own/],
      ["validate", { chain: { ...stageOf("validate").chain!, next: "merge" } }, /chain: expected/],
      ["filter", { chain: { ...stageOf("filter").chain!, previous: "merge" } }, /chain/],
      [
        "generate",
        { chain: { ...stageOf("generate").chain!, generate: "stages/merge-0123456789ab" } },
        /generate: expected the directory of the stage that begins the chain/,
      ],
      [
        "train",
        { external: [{ parameter: "dataset", path: "../x", digest: "0".repeat(64) }] },
        /external\.0\.path: expected a path relative/,
      ],
    ];
  for (const [name, change, message] of cases) {
    const stages = PLAN.stages.map((stage) =>
      stage.name === name ? { ...stage, ...change } : stage
    );
    assert.throws(() => checkInput("a plan", PIPELINE_PLAN, { ...PLAN, stages }), (error) => {
      assert.ok(error instanceof InvalidInputError);
      assert.match(error.message, message);
      return true;
    });
  }
});

Deno.test("requireKey() finds parameters, seeds and inputs that a key was not made of", () => {
  const train = stageOf("train"), merge = stageOf("merge");
  const changes: readonly Partial<StagePlan>[] = [
    { parameters: { ...train.parameters, steps: 7 } },
    { seed: 9 },
    { stream: "other" },
    { external: [{ parameter: "initFrom", path: "stages/x", digest: "0".repeat(64) }] },
  ];
  for (const change of changes) {
    assert.throws(() => requireKey({ ...train, ...change }, [merge], CONTEXT), InvalidInputError);
  }
  assert.throws(() => requireKey(train, [stageOf("filter")], CONTEXT), InvalidInputError);
  const unknown = { ...train.parameters, model: "constructor" };
  assert.throws(
    () => requireKey({ ...train, parameters: unknown }, [merge], CONTEXT),
    /expected a registered model, found "constructor"/,
  );
});

Deno.test("STAGE_NAME has room for variants, and none for paths", () => {
  const long = `train[lr=${"0".repeat(184)}]`;
  for (const name of ["train", "train[lr=0.0001,seed=2]", "train[round=3]", "a[size=größe]"]) {
    assert.ok(STAGE_NAME.safeParse(name).success, name);
  }
  assert.ok(STAGE_NAME.safeParse(long).success);
  for (
    const name of [
      long + "0",
      `a[b=${"ö".repeat(100)}]`,
      "",
      "Train",
      "..",
      "train/x",
      "train[a=../x]",
      "train[a]",
      "train[a=1",
      "train[a=\u202e]",
      "train[a=1]x",
    ]
  ) {
    assert.ok(!STAGE_NAME.safeParse(name).success, name);
  }
});

Deno.test("checkInput() shows what it refuses in one short line, whatever it is", () => {
  const deep = JSON.parse("[".repeat(10_000) + "]".repeat(10_000));
  for (const value of ["\u001b[2J\u202e".repeat(9999), deep, null, 7, { ["\n".repeat(500)]: 1 }]) {
    assert.throws(() => checkInput("a stage", STAGE_PLAN, value), (error) => {
      assert.ok(error instanceof InvalidInputError);
      assert.match(error.message, /^Cannot execute a stage: [\x20-\x7e]{1,900}$/);
      return true;
    });
  }
});
