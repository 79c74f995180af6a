import assert from "node:assert/strict";
import {
  defaultParameters,
  getModel,
  listModels,
  registerModel,
  resolveParameters,
} from "../../learn/mod.ts";
import { cosineSchedule } from "../../learn/training/optimizer.ts";

const bc = getModel("bc");

Deno.test("defaultParameters() of bc are the documented ones", () => {
  assert.deepEqual(defaultParameters(bc), {
    steps: 50_000,
    batch: 64,
    lr: 1e-4,
    weightDecay: 1e-5,
    warmup: 500,
    clip: 1,
    hidden: [256, 256],
    keep: "last",
  });
});

Deno.test("resolveParameters() names what is unknown or out of range", () => {
  assert.deepEqual(resolveParameters(bc, { steps: 7 })["steps"], 7);
  assert.throws(() => resolveParameters(bc, { setps: 7 }), {
    name: "InvalidInputError",
    message: 'Cannot train "bc": expected its parameters, found "setps": did you mean "steps"?',
  });
  assert.throws(() => resolveParameters(bc, { lr: -1 }), {
    name: "InvalidInputError",
    message: /Cannot train "bc" with lr: expected more than 0, found -1/,
  });
});

Deno.test("registerModel() refuses a name in use", () => {
  assert.throws(() => registerModel(bc), { name: "TypeError", message: /expected a new name/ });
  assert.ok(listModels().includes(bc));
});

Deno.test("cosineSchedule() rises to the peak, then falls to 0", () => {
  const rate = cosineSchedule(2, 1000, 50);
  assert.equal(rate(0), 2 / 50);
  assert.equal(rate(49), 2);
  assert.equal(rate(50), 2);
  assert.ok(Math.abs(rate(525) - 1) < 1e-12);
  assert.ok(rate(999) > 0 && rate(999) < 1e-5);
  assert.equal(cosineSchedule(2, 100, 50)(9), 2, "warm-up is at most a tenth");
  assert.equal(cosineSchedule(2, 1, 0)(0), 2);
});
