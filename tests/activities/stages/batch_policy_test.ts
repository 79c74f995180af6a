import assert from "node:assert/strict";
import { createAct } from "../../../activities/stages/policy.ts";
import type { SavedPolicy } from "../../../core/episode.ts";
import { createPolicy, fieldWidth, type ModelParameters } from "../../../learn/mod.ts";
import { getEnvironment, isBatchPolicy, rolloutCandidates } from "../../../sim/mod.ts";
import { BODY, createPushSource } from "../../learn/models/chunk_flow/_push_source.ts";
import { trainPolicy } from "../../learn/models/chunk_flow/_train_policy.ts";

const pushes = createPushSource([25, 30, 28, 20]), action = pushes.statistics["action"]!;
const like = (width: number) => ({
  ...action,
  mean: Array<number>(width).fill(200),
  std: Array<number>(width).fill(90),
});
const source = {
  ...pushes,
  statistics: Object.fromEntries(
    pushes.schema.step.map((field) => [field.name, like(fieldWidth(pushes, field.name))]),
  ),
};

function train(model: string, parameters: ModelParameters): Promise<SavedPolicy> {
  return trainPolicy(source, model, { steps: 10, hidden: [24, 17], ...parameters });
}

const POLICIES = {
  "bc": await train("bc", {}),
  "chunk-flow": await train("chunk-flow", { body: BODY, nObsSteps: 3 }),
  "chunk": await train("chunk", { horizon: 5, nActionSteps: 3 }),
};

for (const engine of ["chipmunk", "rapier2d"]) {
  for (const [model, saved] of Object.entries(POLICIES)) {
    Deno.test(`a ${model} policy acts in all ${engine} worlds at once with the same bits`, async () => {
      const environment = getEnvironment("push-t", { engine });
      const options = {
        environment,
        seed: 3,
        stream: "evaluate",
        first: 2,
        count: 7,
        maxSteps: 25,
        actionNoise: 3,
        attempts: { most: 2, until: "success" },
      } as const;
      const one = await rolloutCandidates({ ...options, policy: createPolicy(saved) });
      // Where worlds are fewer than episodes, these are in step with one another no more.
      for (const worldsTogether of [3, 16]) {
        const policy = createAct(saved, { ...environment, worldsTogether });
        assert.ok(isBatchPolicy(policy));
        assert.deepEqual(await rolloutCandidates({ ...options, policy }), one);
      }
    });
  }
}

Deno.test("a policy acts in the worlds of a shard at once where they are cheap", () => {
  const environment = getEnvironment("push-t", { engine: "chipmunk" });
  assert.ok(isBatchPolicy(createAct(POLICIES["chunk"], environment)));
});

Deno.test("a policy acts in one world after another where worlds are dear", () => {
  assert.ok(!isBatchPolicy(createAct(POLICIES["bc"], getEnvironment("reach"))));
});
