import assert from "node:assert/strict";
import { findSkippable } from "../../../pipelines/compile/skippable.ts";
import { expandLooks } from "../../../pipelines/kinds/sequential_looks.ts";
import { inputsOf } from "../../../pipelines/declare/graph.ts";
import type { AnyStage } from "../../../pipelines/kinds/kind.ts";

/** Two variants, three training seeds each, as a matrix leaves them. */
const SEEDS = [1, 2, 3];
const EVALUATIONS = [1e-4, 3e-4].flatMap((lr) =>
  SEEDS.map((seed) => ({
    name: `evaluate[lr=${lr},seed=${seed}]`,
    stage: { kind: "evaluate", from: `train[lr=${lr},seed=${seed}]`, stream: "evaluate" },
  }))
);
const STAGES = {
  ...Object.fromEntries(
    EVALUATIONS.map(({ stage: { from } }) => [from, { kind: "train", from: "merge" }]),
  ),
  ...Object.fromEntries(EVALUATIONS.map(({ name, stage }) => [name, stage])),
  compare: { kind: "compare", from: EVALUATIONS.map(({ name }) => name), sequential: {} },
};

function expanded(): ReadonlyMap<string, AnyStage> {
  const { stages, findings } = expandLooks(STAGES)!;
  assert.deepEqual(findings, []);
  return new Map(Object.entries(stages as Record<string, AnyStage>)); // what was put in, and looks
}

Deno.test("expandLooks() makes a stage of each look, which reads the batches so far", () => {
  const stages = expanded();
  assert.equal(stages.has("compare"), false);
  assert.deepEqual(SEEDS.map((look) => stages.get(`compare[look=${look}]`)?.from?.length), [
    2,
    4,
    6,
  ]);
  assert.deepEqual(stages.get("compare[look=1]")?.from, [
    "evaluate[lr=0.0001,seed=1]",
    "evaluate[lr=0.0003,seed=1]",
  ]);
  assert.deepEqual(stages.get("compare[look=3]")?.["sequential"], { look: 3, looks: 3 });
  assert.equal(stages.get("compare[look=2]")?.stream, "compare");
});

Deno.test("expandLooks() does not change what it has made", () => {
  const { stages } = expandLooks(STAGES)!;
  assert.equal(expandLooks(stages), null);
});

Deno.test("expandLooks() names what has no batches, too many, or a reader", () => {
  const problem = (change: object, more: object = {}) =>
    expandLooks({ ...STAGES, ...more, compare: { ...STAGES.compare, ...change } })!.findings
      .map(({ problem }) => problem).join();
  assert.match(problem({ sequential: { factor: "size" } }), /differ in factor "size", found 0/);
  assert.match(problem({ sequential: { maxBatches: 2 } }), /at most 2 batches, found 3/);
  assert.match(problem({}, { gate: { kind: "gate", from: "compare" } }), /cannot read "compare"/);
});

Deno.test("findSkippable() names what only later looks read", () => {
  const stages = expanded();
  const inputs = new Map([...stages].map(([name, stage]) => [name, inputsOf(stage)]));
  const unless = findSkippable(stages, inputs);
  assert.equal(unless.get("evaluate[lr=0.0001,seed=1]"), undefined);
  assert.equal(unless.get("train[lr=0.0001,seed=2]"), "compare[look=1]");
  assert.equal(unless.get("evaluate[lr=0.0003,seed=3]"), "compare[look=2]");
  assert.equal(unless.get("compare[look=1]"), undefined);
  assert.equal(unless.get("compare[look=2]"), "compare[look=1]");
  assert.equal(unless.get("compare[look=3]"), "compare[look=2]");
});

Deno.test("findSkippable() keeps what something else reads as well", () => {
  const stages = new Map([
    ...expanded(),
    ["gate", { kind: "gate", from: "evaluate[lr=0.0003,seed=3]", conditions: ["episodes > 1"] }],
  ]) as ReadonlyMap<string, AnyStage>;
  const inputs = new Map([...stages].map(([name, stage]) => [name, inputsOf(stage)]));
  assert.equal(findSkippable(stages, inputs).has("train[lr=0.0003,seed=3]"), false);
});
