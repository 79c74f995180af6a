import assert from "node:assert/strict";
import { parsePipeline } from "../../../pipelines/file.ts";
import {
  compilePipeline,
  findKind,
  type PipelineDeclaration,
  type StageDeclaration,
} from "../../../pipelines/mod.ts";
import { requireKey } from "../../../pipelines/key_check.ts";
import { checkInput, PIPELINE_PLAN, requireKind } from "../../../pipelines/plan_schema.ts";
import { CONTEXT } from "../_context.ts";

type Stages = Readonly<Record<string, StageDeclaration>>;

/** A clone of an expert that rolls out, labelled by it, and a second training on both. */
function learning(changed: Stages = {}): PipelineDeclaration {
  return {
    name: "learning",
    stages: {
      generate: { kind: "generate", environment: "reach" },
      merge: { kind: "merge", from: "generate" },
      train: { kind: "train", from: "merge" },
      rollout: {
        kind: "generate",
        environment: "reach",
        policy: { from: "train", mixture: 0.5, labels: "scripted" },
        episodes: 10,
      },
      check: { kind: "filter", from: "rollout" },
      all: { kind: "merge", from: ["generate", "check"] },
      again: { kind: "train", from: "all", initFrom: { from: "train" } },
      evaluate: { kind: "evaluate", from: "again" },
      ...changed,
    },
  };
}

/** Plans of the stages by name. */
function planOf(declaration: PipelineDeclaration) {
  const { stages } = compilePipeline(declaration, CONTEXT);
  return Object.fromEntries(stages.map((stage) => [stage.name, stage]));
}

const ROLLOUT = {
  kind: "generate",
  environment: "reach",
  episodes: 10,
} as const;

Deno.test("compilePipeline() makes a stage that trains the learner an input of its rollout", () => {
  const plan = planOf(learning());
  assert.deepEqual(plan["rollout"]!.from, ["train"]);
  assert.deepEqual(plan["again"]!.from, ["all", "train"]);
  assert.deepEqual(plan["rollout"]!.parameters["policy"], {
    from: "train",
    mixture: 0.5,
    labels: "scripted",
  });
  // What the learner learned of counts, as of whatever it began with.
  const slower = planOf(learning({ train: { kind: "train", from: "merge", lr: 1e-5 } }));
  for (const name of ["rollout", "check", "all", "again", "evaluate"]) {
    assert.notEqual(slower[name]!.key, plan[name]!.key, name);
  }
  assert.equal(slower["generate"]!.key, plan["generate"]!.key);
  const cold = planOf(learning({ again: { kind: "train", from: "all" } }));
  assert.notEqual(cold["again"]!.key, plan["again"]!.key);
});

Deno.test("compilePipeline() keeps the name of the learner's stage out of the key", () => {
  const renamed = learning();
  const { train: _, ...others } = renamed.stages;
  const stages: Stages = {
    ...others,
    clone: { kind: "train", from: "merge", stream: "train" },
    rollout: { ...ROLLOUT, policy: { from: "clone", mixture: 0.5, labels: "scripted" } },
    again: { kind: "train", from: "all", initFrom: { from: "clone" } },
  };
  const [plan, other] = [planOf(learning()), planOf({ ...renamed, stages })];
  for (const name of ["rollout", "check", "all", "again", "evaluate"]) {
    assert.equal(other[name]!.manifestKey, plan[name]!.manifestKey, name);
  }
});

Deno.test("compilePipeline() gives a mixture of 0 and none one key, and other help another", () => {
  const keyOf = (policy: object) =>
    planOf(learning({ rollout: { ...ROLLOUT, policy: { from: "train", ...policy } } }))["rollout"]!
      .key;
  const plain = keyOf({ labels: "scripted" });
  assert.equal(keyOf({ labels: "scripted", mixture: 0 }), plain);
  const others = [
    {},
    { labels: "random" },
    { labels: "scripted", mixture: 0.1 },
    { labels: "scripted", takeover: 20 },
    { labels: "scripted", takeover: 21 },
  ].map(keyOf);
  assert.equal(new Set([plain, ...others]).size, 6);
});

Deno.test("a compiled learner is what a worker admits, and no other", () => {
  const plan = compilePipeline(learning(), CONTEXT);
  const { stages } = checkInput("plan", PIPELINE_PLAN, plan);
  const byName = new Map(stages.map((stage) => [stage.name, stage]));
  for (const stage of stages) {
    requireKind(stage, findKind(stage.kind));
    requireKey(stage, stage.from.map((name) => byName.get(name)!), CONTEXT);
  }
  const rollout = byName.get("rollout")!;
  const other = { ...rollout, parameters: { ...rollout.parameters, policy: { from: "again" } } };
  assert.throws(
    () => requireKind(other, findKind("generate")),
    /from: expected it to end with again/,
  );
});

Deno.test("compilePipeline() refuses what a learner cannot be given, with place and remedy", () => {
  const bad: readonly (readonly [policy: object, message: RegExp])[] = [
    [
      { from: "train", mixture: 1.5, labels: "scripted" },
      /policy\.mixture: expected at most 1, found 1\.5/,
    ],
    [
      { from: "train", mixture: -1, labels: "scripted" },
      /policy\.mixture: expected at least 0, found -1/,
    ],
    [{ from: "train", mixture: 0.5 }, /policy: a mixture needs an expert.*add labels/],
    [{ from: "train", takeover: 20 }, /policy\.takeover: no expert takes over.*add labels/],
    [
      { from: "train", labels: "scripted", mixture: 0.5, takeover: 20 },
      /policy\.takeover: the expert acts either among.*remove mixture or takeover/,
    ],
    [
      { from: "train", labels: "scripted", takeover: 201 },
      /policy\.takeover: expected at most 200, the steps of an episode, found 201/,
    ],
    [
      { from: "train", labels: "scripted", takeover: 0 },
      /policy\.takeover: expected at least 1, found 0/,
    ],
    [
      { from: "train", labels: "scriptd" },
      /policy\.labels: environment "reach" has no policy "scriptd".*did you mean "scripted"/,
    ],
    [
      { from: "trian", labels: "scripted" },
      /policy\.from: there is no stage "trian".*did you mean "train"/,
    ],
    [{ from: "merge" }, /policy\.from: policy reads train.*found "merge" of kind merge/],
    [{ from: "again", labels: "scripted" }, /stages depend on each other/],
    [{ from: "train", label: "scripted" }, /no parameter "label".*did you mean "labels"/],
  ];
  for (const [policy, message] of bad) {
    const { stages } = learning();
    const value = { name: "learning", stages: { ...stages, rollout: { ...ROLLOUT, policy } } };
    const compile = () => {
      const { declaration } = parsePipeline(JSON.stringify(value), "learning.json", CONTEXT);
      compilePipeline(declaration, CONTEXT);
    };
    assert.throws(compile, { name: "InvalidInputError", message });
  }
});

Deno.test("compilePipeline() refuses a learner of another environment, and one that predicts", () => {
  const pushing = { ...ROLLOUT, environment: "push-t", policy: { from: "train" } };
  assert.throws(
    () => planOf(learning({ rollout: pushing, all: { kind: "merge", from: "generate" } })),
    /policy\.from: expected a policy that acts in "push-t", found one of "reach"/,
  );
  const train = { kind: "train", from: "merge", model: "flow" } as const;
  assert.throws(() => planOf(learning({ train })), /model "flow" is no policy/);
  const attempts = { most: 3 };
  const tried = { ...ROLLOUT, policy: { from: "train" }, attempts };
  assert.throws(
    () => planOf(learning({ rollout: tried })),
    /attempts: a learner's failures are data/,
  );
});

Deno.test("compilePipeline() begins a training with weights of its own model alone", () => {
  const again = {
    kind: "train",
    from: "all",
    model: "chunk-flow",
    initFrom: { from: "train" },
  } as const;
  assert.throws(() => planOf(learning({ again })), /initFrom\.from: expected a stage that trains/);
  const unknown = { kind: "train", from: "all", initFrom: { from: "trian" } } as const;
  assert.throws(() => planOf(learning({ again: unknown })), /initFrom\.from: there is no stage/);
});
