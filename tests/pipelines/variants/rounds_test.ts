import assert from "node:assert/strict";
import { parsePipeline } from "../../../pipelines/file.ts";
import {
  applyOverrides,
  compilePipeline,
  type PipelineDeclaration,
} from "../../../pipelines/mod.ts";
import { expandRounds } from "../../../pipelines/variants/expand_rounds.ts";
import { CONTEXT } from "../_context.ts";

type Rounds = NonNullable<PipelineDeclaration["rounds"]>;

const STAGES: PipelineDeclaration["stages"] = {
  generate: { kind: "generate", environment: "reach", episodes: 100 },
  filter: { kind: "filter", from: "generate" },
  rollout: {
    kind: "generate",
    environment: "reach",
    policy: { from: "train", labels: "scripted" },
    episodes: 20,
  },
  check: { kind: "validate", from: "rollout" },
  merge: { kind: "merge", from: ["filter", "check"] },
  train: { kind: "train", from: "merge" },
  validation: { kind: "evaluate", from: "train", episodes: 10 },
  select: { kind: "select", from: ["train", "validation"] },
  evaluate: { kind: "evaluate", from: "select" },
};

function learning(
  rounds: Partial<Rounds> = {},
  stages: PipelineDeclaration["stages"] = {},
): PipelineDeclaration {
  return {
    name: "learning",
    stages: { ...STAGES, ...stages },
    rounds: { of: ["rollout", "check", "merge", "train"], count: 2, ...rounds },
  };
}

function planOf(declaration: PipelineDeclaration) {
  return new Map(compilePipeline(declaration, CONTEXT).stages.map((stage) => [stage.name, stage]));
}

/** Names of the stages of a plan that another lacks, by key. */
function newIn(
  plan: ReadonlyMap<string, { readonly manifestKey: string }>,
  before: typeof plan,
): string[] {
  const known = new Set([...before.values()].map(({ manifestKey }) => manifestKey));
  return [...plan].flatMap(([name, { manifestKey }]) => known.has(manifestKey) ? [] : [name])
    .sort();
}

Deno.test("rounds are ordinary stages, each with the policy of the round before", () => {
  const plan = planOf(learning());
  assert.deepEqual([...plan.keys()].sort(), [
    "check[round=1]",
    "check[round=2]",
    "evaluate",
    "filter",
    "generate",
    "merge[round=0]",
    "merge[round=1]",
    "merge[round=2]",
    "rollout[round=1]",
    "rollout[round=2]",
    "select",
    "train[round=0]",
    "train[round=1]",
    "train[round=2]",
    "validation[round=0]",
    "validation[round=1]",
    "validation[round=2]",
  ]);
  const from = (name: string) => plan.get(name)!.from;
  assert.deepEqual(from("merge[round=0]"), ["filter"]);
  assert.deepEqual(from("merge[round=2]"), ["filter", "check[round=1]", "check[round=2]"]);
  assert.deepEqual(from("rollout[round=2]"), ["train[round=1]"]);
  assert.deepEqual(from("check[round=2]"), ["rollout[round=2]"]);
  assert.deepEqual(from("train[round=2]"), ["merge[round=2]"]);
  assert.deepEqual(from("validation[round=1]"), ["train[round=1]"]);
  assert.deepEqual(from("evaluate"), ["select"]);
  assert.deepEqual(
    [...from("select")].sort(),
    [0, 1, 2].flatMap((round) => [`train[round=${round}]`, `validation[round=${round}]`]).sort(),
  );
});

Deno.test("rounds draw episodes of their own, and train and validate with the same numbers", () => {
  const plan = planOf(learning());
  const streams = (base: string) =>
    [...plan].flatMap(([name, { stream }]) => name.startsWith(`${base}[`) ? [stream] : []);
  assert.deepEqual(streams("rollout"), ["rollout-round-1", "rollout-round-2"]);
  assert.deepEqual(new Set(streams("train")), new Set(["train"]));
  assert.deepEqual(new Set(streams("validation")), new Set(["validation"]));
  assert.equal(plan.get("evaluate")!.stream, "evaluate");
});

Deno.test("round 0 is the plain clone, and count 0 nothing else", () => {
  const plan = planOf(learning({ count: 0 }));
  assert.deepEqual(
    [...plan.keys()].sort(),
    [
      "evaluate",
      "filter",
      "generate",
      "merge[round=0]",
      "select",
      "train[round=0]",
      "validation[round=0]",
    ],
  );
  const { rollout: _, check: __, select: ___, ...stages } = STAGES;
  const plain = planOf({
    name: "plain",
    stages: {
      ...stages,
      merge: { kind: "merge", from: "filter" },
      evaluate: { kind: "evaluate", from: "train" },
    },
  });
  assert.equal(plan.get("train[round=0]")!.key, plain.get("train")!.key);
});

for (const start of ["cold", "warm"] as const) {
  Deno.test(`a further round costs a round, the selection and the evaluation (${start})`, () => {
    const three = planOf(learning({ count: 3, start })), two = planOf(learning({ start }));
    assert.deepEqual(newIn(three, two), [
      "check[round=3]",
      "evaluate",
      "merge[round=3]",
      "rollout[round=3]",
      "select",
      "train[round=3]",
      "validation[round=3]",
    ]);
  });

  Deno.test(`an edited round costs itself, those behind it and the same two (${start})`, () => {
    const edit = { 4: { train: { steps: 8000 } } };
    const five = planOf(learning({ count: 5, start }));
    const edited = planOf(learning({ count: 5, start, edit }));
    assert.equal(edited.get("train[round=4]")!.parameters["steps"], 8000);
    assert.deepEqual(newIn(edited, five), [
      "check[round=5]",
      "evaluate",
      "merge[round=5]",
      "rollout[round=5]",
      "select",
      "train[round=4]",
      "train[round=5]",
      "validation[round=4]",
      "validation[round=5]",
    ]);
  });
}

Deno.test("warm rounds begin with the weights of the round before", () => {
  const plan = planOf(learning({ start: "warm" }));
  assert.deepEqual(plan.get("train[round=0]")!.from, ["merge[round=0]"]);
  assert.deepEqual(plan.get("train[round=2]")!.from, ["merge[round=2]", "train[round=1]"]);
  assert.deepEqual(plan.get("train[round=2]")!.parameters["initFrom"], { from: "train[round=1]" });
});

Deno.test("edits say no more than what differs, and --set reaches single rounds and their number", () => {
  const edit = { 2: { rollout: { policy: { mixture: 0.25 }, episodes: 7 } } };
  const plan = planOf(learning({ edit }));
  assert.deepEqual(plan.get("rollout[round=2]")!.parameters["policy"], {
    from: "train[round=1]",
    mixture: 0.25,
    labels: "scripted",
  });
  assert.equal(plan.get("rollout[round=2]")!.chain!.target, 7);
  const set = ["rounds.count=3", "rounds.start=warm", "train[round=3].steps=99", "train.batch=8"];
  const changed = planOf(applyOverrides(learning(), { set }));
  assert.equal(changed.get("train[round=3]")!.parameters["steps"], 99);
  assert.equal(changed.get("train[round=1]")!.parameters["batch"], 8);
});

Deno.test("rounds of a matrix keep the datasets of its variants apart", () => {
  const plan = planOf(learning({}, {
    train: { kind: "train", from: "merge", matrix: { seed: [1, 2] } },
    select: { kind: "select", from: ["train", "validation"], along: ["seed"] },
  }));
  const from = (name: string) => plan.get(name)!.from;
  assert.deepEqual(from("rollout[round=2,seed=1]"), ["train[round=1,seed=1]"]);
  assert.deepEqual(from("merge[round=2,seed=2]"), [
    "filter",
    "check[round=1,seed=2]",
    "check[round=2,seed=2]",
  ]);
  assert.equal(from("select[seed=1]").length, 6);
  assert.ok(from("select[seed=1]").every((name) => name.includes("seed=1")));
  assert.deepEqual(from("evaluate[seed=2]"), ["select[seed=2]"]);
});

Deno.test("a declaration without rounds is what it was", () => {
  const value = { name: "x", stages: STAGES };
  assert.equal(expandRounds(value).value, value);
});

Deno.test("rounds that cannot be are refused where they are written, with a remedy", () => {
  const initial = { kind: "train", from: "merge", initFrom: { from: "train" } } as const;
  const bad: readonly (readonly [object, PipelineDeclaration["stages"], RegExp])[] = [
    [{ count: -1 }, {}, /rounds\.count: expected at least 0, found -1/],
    [{ count: 1.5 }, {}, /rounds\.count/],
    [{ of: [] }, {}, /rounds\.of: expected a list of at least 1/],
    [
      { of: ["rollout", "chek", "merge", "train"] },
      {},
      /rounds\.of\.1: .*"chek".*did you mean "check"/,
    ],
    [{ of: ["rollout", "check", "merge", "train", "train"] }, {}, /named more than once/],
    [{ of: ["rollout", "merge", "train"] }, {}, /"check" stands between.*add "check" to of/],
    [{ of: ["merge", "train"] }, {}, /rounds\.of: none of the stages reads.*policy: \{ from/],
    [
      {},
      { merge: { kind: "merge", from: "check" } },
      /"train" reads nothing but what rounds leave/,
    ],
    [{ start: "hot" }, {}, /rounds\.start/],
    [{ start: "warm" }, { train: initial }, /train\.initFrom: how a training of a round begins/],
    [
      { edit: { 3: { train: { steps: 1 } } } },
      {},
      /rounds\.edit\.3: there is no round 3: the last is 2/,
    ],
    [{ edit: { 0: { rollout: { episodes: 1 } } } }, {}, /rollout\[round=0\] does not exist/],
    [{ edit: { 1: { trian: { steps: 1 } } } }, {}, /"trian" is none of .*did you mean "train"/],
    [
      { edit: { 1: { train: { steps: -1 } } } },
      {},
      /rounds\.edit\.1\.train\.steps: expected at least 1/,
    ],
    [{ edit: { 1: { train: { stepz: 1 } } } }, {}, /no parameter "stepz".*did you mean "steps"/],
    [{ cont: 3 }, {}, /no parameter "cont".*did you mean "count"/],
    [
      {},
      { select: { kind: "select", from: "train" } },
      /expected one evaluation of "train.*found 0/,
    ],
    [
      {},
      { select: { kind: "select", from: "validation" } },
      /expected the train stages to choose from/,
    ],
  ];
  for (const [rounds, stages, message] of bad) {
    const { rounds: usual, ...rest } = learning({}, stages);
    const text = JSON.stringify({ ...rest, rounds: { ...usual, ...rounds } });
    const compile = () =>
      compilePipeline(parsePipeline(text, "learning.json", CONTEXT).declaration, CONTEXT);
    assert.throws(compile, { name: "InvalidInputError", message }, JSON.stringify(rounds));
  }
});
