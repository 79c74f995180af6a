import assert from "node:assert/strict";
import { InvalidInputError } from "../../../core/errors.ts";
import {
  applyOverrides,
  changesBetween,
  definePipeline,
  type Overrides,
} from "../../../pipelines/mod.ts";
import { PIPELINES } from "../../../pipelines/shipped/mod.ts";

const EXPERT = PIPELINES.get("reach-expert")!.declaration;
const COMPARE = PIPELINES.get("reach-compare")!.declaration;

function refusal(overrides: Overrides): string {
  try {
    applyOverrides(EXPERT, overrides);
  } catch (error) {
    assert.ok(error instanceof InvalidInputError, String(error));
    return error.message;
  }
  return assert.fail(`accepted ${JSON.stringify(overrides)}`);
}

Deno.test("applyOverrides() sets parameters by the type that the schema gives them", () => {
  const { stages } = applyOverrides(EXPERT, {
    set: [
      "train.steps=2000",
      "train.hidden=[64,64]",
      "filter.requireSuccess=true",
      "generate.policy=random",
      "generate.randomize.friction=[0.5,1.5]",
      'merge.split={"train":0.9,"validation":0.1,"test":0}',
      "evaluate.stream=s12",
    ],
  });
  assert.deepEqual(stages["train"], {
    ...EXPERT.stages["train"],
    steps: 2000,
    hidden: [64, 64],
  });
  assert.deepEqual(stages["filter"], { ...EXPERT.stages["filter"], requireSuccess: true });
  assert.deepEqual(stages["generate"], {
    ...EXPERT.stages["generate"],
    policy: "random",
    randomize: { friction: [0.5, 1.5] },
  });
});

Deno.test("applyOverrides() sets a text parameter whose value looks like a number", () => {
  const declaration = definePipeline({
    name: "p",
    stages: { t: { kind: "train", dataset: "d" } },
  });
  const changed = applyOverrides(declaration, { set: ["t.dataset=12"] });
  assert.deepEqual(changed.stages["t"], { kind: "train", dataset: "12" });
});

Deno.test("applyOverrides() gives --episodes to every generate stage and to nothing else", () => {
  const { stages } = applyOverrides(COMPARE, { episodes: 17 });
  for (const [name, stage] of Object.entries(stages)) {
    if (stage.kind === "generate") assert.equal(stage.episodes, 17);
    else assert.deepEqual(stage, COMPARE.stages[name]);
  }
});

Deno.test("applyOverrides() gives --seed to the pipeline", () => {
  assert.deepEqual(applyOverrides(EXPERT, { seed: 9 }), { ...EXPERT, seed: 9 });
});

Deno.test("applyOverrides() refuses what names no parameter, with a suggestion", () => {
  assert.match(refusal({ set: ["train.stesp=3"] }), /did you mean "steps"\?/);
  assert.match(refusal({ set: ["trian.steps=3"] }), /did you mean "train"\?/);
  assert.match(refusal({ set: ["train.epochs=1"] }), /, or set train\.options\.epochs \[/);
  assert.match(refusal({ set: ["train.kind=merge"] }), /no parameter "kind" to set/);
  assert.match(refusal({ set: ["train.from=filter"] }), /no parameter "from" to set/);
  assert.match(refusal({ set: ["train.steps"] }), /expected --set stage\.parameter=value/);
  assert.match(refusal({ set: [""] }), /expected --set/);
});

Deno.test("applyOverrides() refuses values of another type or range", () => {
  assert.match(refusal({ set: ["train.steps=many"] }), /expected a number, found "many"/);
  assert.match(refusal({ set: ["train.steps=0"] }), /expected at least 1, found 0/);
  assert.match(refusal({ set: ["train.lr=-1"] }), /expected more than 0, found -1/);
  assert.match(refusal({ set: ["merge.split.train=2"] }), /expected at most 1, found 2/);
  assert.match(refusal({ episodes: 0 }), /stages\.generate\.episodes: expected at least 1/);
  assert.match(refusal({ seed: -5 }), /seed: expected at least 0, found -5/);
  assert.match(refusal({ seed: 1.5 }), /seed: expected an integer, found 1\.5/);
});

Deno.test("changesBetween() names what was changed by its place, and not the seed", () => {
  const set = ["train.steps=5", "generate.policy=random"];
  const changed = applyOverrides(EXPERT, { seed: 9, episodes: 17, set });
  assert.deepEqual(changesBetween(EXPERT, changed), {
    "generate.episodes": 17,
    "generate.policy": "random",
    "train.steps": 5,
  });
  assert.deepEqual(changesBetween(EXPERT, EXPERT), {});
  const small = definePipeline({ name: "t", stages: { t: { kind: "train", dataset: "x" } } });
  const shorter = applyOverrides(small, { set: ["t.steps=5"] });
  assert.deepEqual(changesBetween(shorter, small), { "t.steps": null });
});

Deno.test("changesBetween() tells choices of an environment one by one", () => {
  const walk = (options: Readonly<Record<string, string>>) =>
    definePipeline({
      name: "walk",
      stages: { generate: { kind: "generate", environment: "push-t", options } },
    });
  assert.deepEqual(
    changesBetween(walk({ engine: "chipmunk", mode: "a" }), walk({ engine: "rapier", mode: "a" })),
    { "generate.options.engine": "rapier" },
  );
});

Deno.test("applyOverrides() gives stages a matrix", () => {
  const matrix = [
    "train.lr=1e-4,3e-4",
    "train.seed=-1..2",
    "train.options.keep=best,last",
    'train.size={"small":{"hidden":[8]}}',
    "train.lr=[0.5]",
  ];
  const { stages } = applyOverrides(EXPERT, { matrix: matrix.slice(0, 1) });
  assert.deepEqual(stages["train"]?.matrix, { lr: [1e-4, 3e-4] });
  assert.match(refusal({ matrix }), /at least 0, found -1/); // a seed
  const changed = applyOverrides(EXPERT, { matrix: matrix.filter((text) => !/seed/.test(text)) });
  assert.deepEqual(changed.stages["train"]?.matrix, {
    lr: [0.5],
    "options.keep": ["best", "last"],
    size: { small: { hidden: [8] } },
  });
  assert.deepEqual(
    changesBetween(EXPERT, changed)["train.matrix"],
    changed.stages["train"]?.matrix,
  );
});

Deno.test("applyOverrides() sets parameters of single variants", () => {
  const matrix = ["train.lr=1e-4,3e-4", "train.seed=1,2"];
  const set = ["train[lr=0.0001,seed=2].steps=7", "evaluate[seed=1].options.engine=exact"];
  const changed = applyOverrides(EXPERT, { matrix, set: set.slice(0, 1) });
  assert.deepEqual(changed.variants, { "train[lr=0.0001,seed=2]": { steps: 7 } });
  assert.equal(changesBetween(EXPERT, changed)["train[lr=0.0001,seed=2].steps"], 7);
  assert.match(
    refusal({ set: set.slice(0, 1) }),
    /there is no variant "train\[lr=0\.0001,seed=2\]"/,
  );
  assert.match(refusal({ matrix, set: ["train.lr=1"] }), /use --matrix train\.lr=/);
  assert.match(refusal({ matrix, set: ["train[seed=1].lr=1"] }), /lr is a factor of the matrix/);
  assert.match(refusal({ matrix, set: ["train[seed=1].stesp=1"] }), /did you mean "steps"/);
});
