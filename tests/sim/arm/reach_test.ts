import assert from "node:assert/strict";
import { createRandom } from "../../../core/random.ts";
import { getEnvironment, rolloutCandidates } from "../../../sim/mod.ts";
import { everyRandomization, flags, float32 } from "../_tables.ts";

const reach = getEnvironment("reach");

for (const randomize of [false, true, everyRandomization(reach)]) {
  const how = randomize === false ? "nominal" : randomize === true ? "default" : "every";
  Deno.test(`reach: the scripted policy solves 99 % of 1,000 with ${how} randomization`, async () => {
    const table = await rolloutCandidates({
      environment: reach,
      policy: "scripted",
      seed: 42,
      stream: "generate",
      first: 0,
      count: 1000,
      randomize,
    });
    const success = flags(table.episode["success"]);
    const solved = success.filter((value) => value === 1).length;
    assert.ok(solved >= 990, `${solved} of 1,000`);
  });
}

Deno.test("reach: the random policy covers the action space and rarely succeeds", async () => {
  const table = await rolloutCandidates({
    environment: reach,
    policy: "random",
    seed: 42,
    stream: "generate",
    first: 0,
    count: 20,
  });
  const action = float32(table.step["action"]);
  const mean = action.reduce((sum, value) => sum + value, 0) / action.length;
  const square = action.reduce((sum, value) => sum + value * value, 0) / action.length;
  assert.ok(Math.abs(mean) < 0.02 && Math.abs(square - 1 / 3) < 0.02, `${mean} ${square}`);
  const solved = flags(table.episode["success"]).filter((value) => value === 1);
  assert.ok(solved.length <= 4);
});

Deno.test("reach: targets fill their range, and the arm starts bent and at rest", async () => {
  const table = await rolloutCandidates({
    environment: reach,
    policy: "scripted",
    seed: 3,
    stream: "generate",
    first: 0,
    count: 200,
    maxSteps: 1,
  });
  const targets = float32(table.step["observation/target_pos"]);
  const { low, high } = reach.observation.find(({ name }) => name === "target_pos")!;
  for (let axis = 0; axis < 3; axis++) {
    const values = targets.filter((_, i) => i % 3 === axis);
    const range = high![axis]! - low![axis]!;
    assert.ok(Math.min(...values) >= low![axis]! - 1e-6);
    assert.ok(Math.min(...values) < low![axis]! + 0.05 * range);
    assert.ok(Math.max(...values) > high![axis]! - 0.05 * range);
  }
  assert.ok(float32(table.step["observation/joint_vel"]).every((v) => v === 0));
  const elbow = float32(table.step["observation/joint_pos"]).filter((_, i) => i % 7 === 3);
  assert.ok(elbow.every((angle) => angle < -2));
});

Deno.test("reach: the outcome function has the rewards and ends of its docstring", () => {
  const outcomeOf = reach.createOutcomeFunction();
  const at = (distance: number) => {
    const observation = new Float32Array(20);
    observation[14] = 0.5;
    observation[17] = 0.5 + distance;
    return outcomeOf(observation, new Float32Array(4));
  };
  const outcome = (distance: number, terminated: boolean, success: boolean) => {
    const { reward, ...rest } = at(distance);
    assert.deepEqual(rest, { terminated, success });
    assert.ok(Math.abs(reward - (success ? 1 - distance : -distance)) < 1e-6);
  };
  outcome(0.3, false, false);
  outcome(0.051, false, false);
  outcome(0.049, false, true);
  outcome(0.021, false, true);
  outcome(0.019, true, true);
});

Deno.test("reach: an action of 1 asks for 0.05 m, and the gripper closes and stays", async () => {
  using world = await reach.create();
  world.configure({});
  const start = world.reset(createRandom(1, "start", 0));
  // The first steps gather speed.
  for (let step = 0; step < 3; step++) world.step(Float32Array.of(0, 0.5, 0, -1));
  const before = world.observe()[15]!;
  const after = world.step(Float32Array.of(0, 0.5, 0, 0))[15]!;
  assert.ok(after - before > 0.015 && after - before < 0.03, `${after - before} m`);
  assert.ok(Math.abs(world.observe()[16]! - start[16]!) < 0.01);
});

Deno.test("reach: a physics timestep must divide the control period", async () => {
  await assert.rejects(reach.create({ physicsTimestep: 0.003 }), /whole number of timesteps/);
  await assert.rejects(reach.create({ physicsTimestep: 0.1 }), RangeError);
});
