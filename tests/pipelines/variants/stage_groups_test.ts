import assert from "node:assert/strict";
import { createRandom } from "../../../core/random.ts";
import type { StagePlan } from "../../../pipelines/plan.ts";
import { divideStages, GROUP_ROWS } from "../../../pipelines/variants/stage_groups.ts";

/** What dividing looks at of a stage. */
function stage(name: string, from: readonly string[] = []): StagePlan {
  const key = "0".repeat(64);
  return {
    name,
    from,
    kind: "train",
    work: { shape: "whole", resource: "learn" },
    external: [],
    parameters: {},
    seed: 0,
    stream: name,
    key,
    manifestKey: key,
    directory: "",
    commit: "",
  };
}

function range(length: number): readonly number[] {
  return Array.from({ length }, (_, at) => at);
}

/** Whether all stages can be carried out when a group waits for everything that it reads. */
function isDone(stages: readonly StagePlan[]): boolean {
  const { single, groups } = divideStages(stages);
  const units = [...single.map((stage) => [stage]), ...groups.map(({ stages }) => stages)];
  const done = new Set<string>();
  let open = units;
  for (let before = Infinity; open.length < before;) {
    before = open.length;
    open = open.filter((unit) => {
      const inside = new Set(unit.map(({ name }) => name));
      const ready = unit.every(({ from }) => from.every((at) => inside.has(at) || done.has(at)));
      if (ready) { for (const { name } of unit) done.add(name); }
      return !ready;
    });
  }
  return open.length === 0 && done.size === stages.length;
}

Deno.test("divideStages() leaves few variants as they are", () => {
  const stages = [
    stage("merge"),
    ...range(16).map((seed) => stage(`train[seed=${seed}]`, ["merge"])),
  ];
  assert.deepEqual(divideStages(stages), { single: stages, groups: [] });
});

Deno.test("divideStages() keeps a variant with what reads it alone", () => {
  const seeds = range(70);
  const stages = [
    stage("merge"),
    ...seeds.map((seed) => stage(`train[seed=${seed}]`, ["merge"])),
    ...seeds.map((seed) => stage(`evaluate[seed=${seed}]`, [`train[seed=${seed}]`])),
    stage("compare", seeds.map((seed) => `evaluate[seed=${seed}]`)),
  ];
  const { single, groups } = divideStages(stages);
  assert.deepEqual(single.map(({ name }) => name), ["merge", "compare"]);
  assert.deepEqual(groups.map(({ name, stages }) => [name, stages.length]), [
    ["train[1..32]", 64],
    ["train[33..64]", 64],
    ["train[65..70]", 12],
  ]);
  for (const { stages } of groups) {
    const names = new Set(stages.map(({ name }) => name));
    for (const { from } of stages) {
      assert.ok(from.every((name) => name === "merge" || names.has(name)));
    }
  }
});

Deno.test("divideStages() makes groups that can be carried out one behind another", () => {
  for (const trial of range(200)) {
    const random = createRandom(trial, "groups", 0);
    const bases: string[][] = [];
    const stages: StagePlan[] = [];
    for (const base of range(6)) {
      const names = random.uniform() < 0.3
        ? [`s${base}`]
        : range(40).map((seed) => `s${base}[seed=${seed}]`);
      for (const [at, name] of names.entries()) {
        const from = bases.flatMap((other) => {
          const way = Math.floor(random.uniform() * 4);
          if (names.length === 1) return way < 2 ? other : [];
          return way === 0 ? [] : [other[at % other.length]!];
        });
        stages.push(stage(name, from));
      }
      bases.push(names);
    }
    assert.ok(isDone(stages), `trial ${trial}`);
    for (const { stages: members } of divideStages(stages).groups) {
      assert.ok(members.length <= GROUP_ROWS * 6);
    }
  }
});

Deno.test("divideStages() keeps rounds of many variants apart", () => {
  const stages = range(3).flatMap((round) =>
    range(40).flatMap((seed) => {
      const at = (base: string, round: number) => `${base}[round=${round},seed=${seed}]`;
      return [
        stage(at("rollout", round), round === 0 ? [] : [at("train", round - 1)]),
        stage(at("train", round), [at("rollout", round)]),
      ];
    })
  );
  assert.ok(isDone(stages));
  const names = divideStages(stages).groups.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
});
