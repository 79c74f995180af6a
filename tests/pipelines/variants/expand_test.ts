import assert from "node:assert/strict";
import {
  type AnyStage,
  checkPipeline,
  compilePipeline,
  definePipeline,
  expandedStages,
  type PipelineDeclaration,
  type PipelinePlan,
} from "../../../pipelines/mod.ts";
import { CONTEXT } from "../_context.ts";

/** Data once, trainings and evaluations as a test varies them. */
function declare(
  train: object,
  evaluate: object = {},
  rest: Pick<PipelineDeclaration, "variants"> = {},
): PipelineDeclaration {
  return {
    name: "p",
    seed: 3,
    stages: {
      generate: { kind: "generate", environment: "reach", episodes: 8 },
      merge: { kind: "merge", from: "generate" },
      train: { kind: "train", from: "merge", ...train },
      evaluate: { kind: "evaluate", from: "train", ...evaluate },
    },
    ...rest,
  };
}

function compile(declaration: PipelineDeclaration): PipelinePlan {
  return compilePipeline(declaration, CONTEXT);
}

function namesOf({ stages }: PipelinePlan): readonly string[] {
  return stages.map(({ name }) => name);
}

/** Findings as `check path`. */
function faultsOf(declaration: unknown): readonly string[] {
  return checkPipeline(declaration).map(({ check, path }) => `${check} ${path.join(".")}`);
}

const MATRIX = { lr: [3e-4, 1e-4], seed: [1, 2] };

Deno.test("a matrix multiplies its stage and what reads it, and nothing above", () => {
  const plan = compile(declare({ matrix: MATRIX }));
  assert.deepEqual(namesOf(plan), [
    "generate",
    "merge",
    "train[lr=0.0003,seed=1]",
    "train[lr=0.0003,seed=2]",
    "train[lr=0.0001,seed=1]",
    "train[lr=0.0001,seed=2]",
    "evaluate[lr=0.0003,seed=1]",
    "evaluate[lr=0.0003,seed=2]",
    "evaluate[lr=0.0001,seed=1]",
    "evaluate[lr=0.0001,seed=2]",
  ]);
  for (const { name, from, parameters, seed, stream } of plan.stages.slice(2)) {
    const base = name.split("[")[0]!, factors = name.slice(base.length);
    assert.equal(stream, base);
    if (base === "evaluate") assert.deepEqual(from, [`train${factors}`]);
    else {
      assert.deepEqual([parameters["lr"], seed].join(), factors.replace(/[^\d.,]/g, ""));
      assert.equal("matrix" in parameters, false);
    }
  }
});

Deno.test("a variant has the keys of the stage that sets the same by itself", () => {
  const variants = compile(declare({ matrix: MATRIX }));
  for (const lr of MATRIX.lr) {
    for (const seed of MATRIX.seed) {
      const plain = compile(declare({ lr, seed }));
      for (const base of ["train", "evaluate"]) {
        const variant = variants.stages.find(({ name }) =>
          name === `${base}[lr=${lr},seed=${seed}]`
        );
        const stage = plain.stages.find(({ name }) => name === base);
        assert.equal(variant?.key, stage?.key);
        assert.equal(variant?.manifestKey, stage?.manifestKey);
      }
    }
  }
});

Deno.test("a declaration without variants compiles to the plan that it had", () => {
  const declaration = declare({});
  assert.equal(compile({ ...declaration, variants: {} }).digest, compile(declaration).digest);
});

Deno.test("exclude leaves variants out, include adds some, labels set lists", () => {
  const plan = compile(declare({
    matrix: {
      seed: [1, 2],
      size: { small: { hidden: [64], "options.dropout": 0.1 }, large: { hidden: [512, 512] } },
      exclude: [{ seed: 2, size: "small" }],
      include: [{ seed: 7, size: "large" }],
    },
  }));
  const trained = plan.stages.filter(({ kind }) => kind === "train");
  assert.deepEqual(trained.map(({ name, parameters }) => [name, parameters["hidden"]]), [
    ["train[seed=1,size=small]", [64]],
    ["train[seed=1,size=large]", [512, 512]],
    ["train[seed=2,size=large]", [512, 512]],
    ["train[seed=7,size=large]", [512, 512]],
  ]);
  assert.deepEqual(trained.map(({ parameters }) => parameters["options"]), [
    { dropout: 0.1 },
    { dropout: 0 },
    { dropout: 0 },
    { dropout: 0 },
  ]);
});

Deno.test("inputs join on the factors that they share, else by product", () => {
  const stages = {
    a: { kind: "generate", environment: "push-t", matrix: { actionNoise: [0, 1] } },
    merge: { kind: "merge", from: "a", along: true },
    train: { kind: "train", from: "merge", model: "flow", matrix: { seed: [1, 2] } },
    // Reads the dataset that its model was trained on, too.
    score: { kind: "score", from: ["train", "merge"] },
  };
  assert.deepEqual(checkPipeline({ name: "p", stages }), []);
  const { stages: expanded } = expandedOf({ name: "p", stages });
  assert.deepEqual(expanded["score[actionNoise=1,seed=2]"]?.from, [
    "train[actionNoise=1,seed=2]",
    "merge[actionNoise=1]",
  ]);
  assert.equal(Object.keys(expanded).filter((name) => name.startsWith("score")).length, 4);
  const crossed = {
    ...stages,
    other: { kind: "train", from: "merge", model: "flow", matrix: { lr: [1, 2] } },
    score: { kind: "score", from: ["train", "other", "merge"], compare: { base: "other" } },
  };
  const { stages: product } = expandedOf({ name: "p", stages: crossed });
  assert.equal(Object.keys(product).filter((name) => name.startsWith("score")).length, 8);
  const name = "score[actionNoise=0,lr=2,seed=1]";
  assert.deepEqual(product[name]?.["compare"], { base: "other[actionNoise=0,lr=2]" });
});

Deno.test("merge takes all variants, or those along some factors apart", () => {
  const generate = {
    kind: "generate",
    environment: "reach",
    matrix: { actionNoise: [0, 1], seed: [1, 2] },
  };
  const all = { generate, merge: { kind: "merge", from: "generate" } };
  const { stages } = expandedOf({ name: "p", stages: all });
  assert.equal([stages["merge"]?.from].flat().length, 4);
  const apart = { generate, merge: { kind: "merge", from: "generate", along: ["actionNoise"] } };
  const { stages: groups } = expandedOf({ name: "p", stages: apart });
  assert.deepEqual(groups["merge[actionNoise=1]"]?.from, [
    "generate[actionNoise=1,seed=1]",
    "generate[actionNoise=1,seed=2]",
  ]);
});

Deno.test("merge reads more inputs than 64 where they are variants", () => {
  const seeds = Array.from({ length: 100 }, (_, seed) => seed);
  const plan = compile({
    name: "p",
    stages: {
      generate: { kind: "generate", environment: "reach", episodes: 1, matrix: { seed: seeds } },
      merge: { kind: "merge", from: "generate" },
    },
  });
  assert.equal(plan.stages.at(-1)?.from.length, 100);
});

Deno.test("a name with factors selects variants, and only what it leaves open multiplies", () => {
  const plan = compile(declare({ matrix: MATRIX }, { from: "train[lr=0.0001]" }));
  assert.deepEqual(namesOf(plan).slice(-2), ["evaluate[seed=1]", "evaluate[seed=2]"]);
  const one = compile(declare({ matrix: MATRIX }, { from: "train[lr=0.0001,seed=2]" }));
  assert.deepEqual(one.stages.at(-1)?.from, ["train[lr=0.0001,seed=2]"]);
  assert.equal(one.stages.at(-1)?.name, "evaluate");
});

Deno.test("what multiplies a check multiplies its chain, whose shards stay shared", () => {
  const plan = compile({
    name: "p",
    stages: {
      generate: { kind: "generate", environment: "reach", episodes: 8 },
      validate: { kind: "validate", from: "generate" },
      filter: { kind: "filter", from: "validate", matrix: { requireSuccess: [true, false] } },
      merge: { kind: "merge", from: "filter", along: true },
    },
  });
  const [first, second] = plan.stages.filter(({ kind }) => kind === "generate");
  assert.equal(first?.name, "generate[requireSuccess=true]");
  assert.equal(first?.key, second?.key);
  assert.notEqual(first?.manifestKey, second?.manifestKey);
});

Deno.test("parameters of single variants are set by name", () => {
  const plan = compile(declare({ matrix: MATRIX, steps: 100 }, {}, {
    variants: { "train[lr=0.0001,seed=2]": { steps: 7 }, "evaluate[seed=1]": { episodes: 9 } },
  }));
  const stage = (name: string) => plan.stages.find((stage) => stage.name === name)?.parameters;
  assert.equal(stage("train[lr=0.0001,seed=2]")?.["steps"], 7);
  assert.equal(stage("train[lr=0.0001,seed=1]")?.["steps"], 100);
  assert.equal(stage("evaluate[lr=0.0003,seed=1]")?.["episodes"], 9);
  assert.equal(stage("evaluate[lr=0.0003,seed=2]")?.["episodes"], 100);
});

Deno.test("what is wrong with a matrix is told where it stands", () => {
  const cases: readonly (readonly [object, string])[] = [
    [{ lrr: [1] }, "unknown-factor stages.train.matrix.lrr"],
    [{ lr: [] }, "empty-matrix stages.train.matrix.lr"],
    [{}, "empty-matrix stages.train.matrix"],
    [{ lr: [1, 1] }, "equal-variants stages.train.matrix.lr"],
    [{ lr: 1 }, "wrong-type stages.train.matrix.lr"],
    [{ seed: range(600) }, "too-many-variants stages.train.matrix"],
    [{ seed: range(500), lr: range(500) }, "too-many-variants stages.train.matrix"],
    [{ lr: [1, 20] }, "out-of-range stages.train.matrix.lr.1"],
    [{ initFrom: ["runs/a/1"] }, "bad-name stages.train.matrix.initFrom"],
    [{ seed: [1], exclude: [{ sed: 1 }] }, "unknown-factor stages.train.matrix.exclude.0.sed"],
    [{ seed: [1], exclude: [{ seed: 2 }] }, "unknown-factor stages.train.matrix.exclude.0.seed"],
    [{ seed: [1], lr: [1], include: [{ lr: 2 }] }, "wrong-value stages.train.matrix.include.0"],
    [{ size: { a: { width: 1 } } }, "unknown-factor stages.train.matrix.size.a.width"],
    [{ size: { a: { lr: 1 } }, lr: [1] }, "wrong-value stages.train.matrix.lr"],
  ];
  for (const [matrix, expected] of cases) {
    assert.deepEqual(faultsOf(declare({ matrix })), [expected], JSON.stringify(matrix));
  }
});

Deno.test("a fault that every variant has is told once", () => {
  assert.deepEqual(faultsOf(declare({ matrix: MATRIX, steps: 0 })), [
    "out-of-range stages.train.steps",
  ]);
});

Deno.test("factors that change nothing are refused, with their name", () => {
  const declaration = declare({ matrix: { seed: [1, 2], checkpointEvery: [100, 200] } });
  assert.throws(
    () => compile(declaration),
    /stages\.train\.matrix\.checkpointEvery.*changes nothing/,
  );
});

Deno.test("a variant that no input has is refused", () => {
  const stages = {
    generate: { kind: "generate", environment: "reach", matrix: { seed: [1, 2] } },
    merge: { kind: "merge", from: "generate", along: true },
    train: { kind: "train", from: "merge", matrix: { seed: [2, 3] } },
  };
  assert.deepEqual(faultsOf({ name: "p", stages }), ["wrong-value stages.train.matrix"]);
});

Deno.test("definePipeline() types factors by the parameters that they vary", () => {
  const declaration = definePipeline({
    name: "p",
    stages: {
      generate: { kind: "generate", environment: "reach", episodes: 8 },
      merge: { kind: "merge", from: "generate" },
      train: { kind: "train", from: "merge", matrix: { lr: [1e-4, 3e-4], "options.dropout": [0] } },
      evaluate: { kind: "evaluate", from: "train[lr=0.0001]" },
    },
  });
  assert.equal(compile(declaration).stages.length, 5);
  definePipeline({
    name: "p",
    stages: {
      generate: { kind: "generate", environment: "reach", episodes: 8 },
      merge: { kind: "merge", from: "generate" },
      // @ts-expect-error a learning rate is a number
      train: { kind: "train", from: "merge", matrix: { lr: ["fast"] } },
    },
  });
});

function range(length: number): readonly number[] {
  return Array.from({ length }, (_, at) => at + 1);
}

function expandedOf(value: unknown): { readonly stages: Readonly<Record<string, AnyStage>> } {
  assert.deepEqual(checkPipeline(value), []);
  return { stages: Object.fromEntries(expandedStages(value)) };
}
