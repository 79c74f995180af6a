import assert from "node:assert/strict";
import { createRandom } from "../../../core/random.ts";
import { InvalidInputError } from "../../../core/errors.ts";
import { checkStability, getEnvironment, rolloutCandidates } from "../../../sim/mod.ts";
import { coverageOf } from "../../../sim/push_t/coverage.ts";
import { GOAL_POSE } from "../../../sim/push_t/push_t_scene.ts";
import { copyTable, float32 } from "../_tables.ts";

const pushT = getEnvironment("push-t", { engine: "chipmunk" });

/** An observation with the block somewhere. */
function blockAt(x: number, y: number, angle: number): Float32Array {
  return Float32Array.of(100, 100, x, y, angle);
}

Deno.test("coverageOf() is 1 at the goal, 0 far from it, and the share by hand between", () => {
  const [x, y, angle] = GOAL_POSE;
  assert.ok(Math.abs(coverageOf(x, y, angle) - 1) < 1e-12);
  assert.equal(coverageOf(x - 200, y, angle), 0);
  // 10 px along the stem: bar and stem each lose, but the stem also comes to lie on the bar.
  const along = 10 / Math.SQRT2;
  const moved = coverageOf(x - along, y + along, angle);
  assert.ok(Math.abs(moved - (6300 - 10 * 90 - 10 * 30) / 6300) < 1e-9, `${moved}`);
  assert.ok(Math.abs(coverageOf(x, y, angle + 2 * Math.PI) - 1) < 1e-9);
});

Deno.test("push-t: reward is coverage / 0.95 up to 1, and ends the episode above it", () => {
  const judge = pushT.createJudge(), action = Float32Array.of(0, 0);
  const [x, y, angle] = GOAL_POSE;
  assert.deepEqual(judge(blockAt(x, y, angle), action), {
    reward: 1,
    terminated: true,
    success: true,
  });
  assert.deepEqual(judge(blockAt(50, 50, angle), action), {
    reward: 0,
    terminated: false,
    success: false,
  });
  const { reward, success } = judge(blockAt(x, y + 10, angle), action);
  assert.ok(Math.abs(reward - coverageOf(x, y + 10, Math.fround(angle)) / 0.95) < 1e-9);
  assert.ok(reward < 1 && !success);
});

Deno.test("push-t: starts lie in gym-pusht's ranges, before the first physics step", async () => {
  for (const engine of ["chipmunk", "rapier2d"]) {
    using world = await getEnvironment("push-t", { engine }).create();
    let least = Infinity, most = -Infinity;
    for (let index = 0; index < 200; index++) {
      const [agentX = 0, agentY = 0] = world.reset(createRandom(1, "start", index));
      assert.ok(Number.isInteger(agentX) && Number.isInteger(agentY));
      least = Math.min(least, agentX, agentY);
      most = Math.max(most, agentX, agentY);
    }
    assert.ok(least >= 50 && least < 60 && most <= 449 && most > 440, `${least} ${most}`);
  }
});

Deno.test("push-t: the agent moves the same on both engines, whatever it pushes", async () => {
  const states = await Promise.all(["chipmunk", "rapier2d"].map(async (engine) => {
    using world = await getEnvironment("push-t", { engine }).create();
    world.reset(createRandom(4, "start", 1));
    const policy = pushT.createPolicy("random", world, createRandom(4, "policy", 1));
    return Array.from({ length: 40 }, () => world.step(policy(world.observe())).slice(0, 2));
  }));
  assert.deepEqual(states[0], states[1]);
});

Deno.test("push-t: actions that are no point are refused", async () => {
  using world = await pushT.create();
  world.reset(createRandom(1, "start", 0));
  assert.throws(() => world.step(Float32Array.of(1)), /expected 2 finite numbers.*\[1\]/);
  assert.throws(() => world.step(Float32Array.of(1, NaN)), RangeError);
  assert.throws(() => world.configure({ friction: Float64Array.of(1) }), InvalidInputError);
  await assert.rejects(pushT.create({ physicsTimestep: 0.005 }), /expected 0.01/);
  assert.throws(
    () => pushT.createPolicy("scripte", world, createRandom(1, "policy", 0)),
    /did you mean "scripted"/,
  );
});

Deno.test("push-t: a block beyond the walls is refused by name", async () => {
  const options = { seed: 1, stream: "generate", first: 0, count: 2, maxSteps: 20 };
  const table = await rolloutCandidates({ ...options, environment: pushT, policy: "random" });
  assert.deepEqual(checkStability(pushT, table).map(({ accepted }) => accepted), [true, true]);
  const spoilt = copyTable(table);
  float32(spoilt.step["observation/block_pos"])[2 * 25] = -100;
  const [, verdict] = checkStability(pushT, spoilt);
  assert.equal(verdict!.reason, "outside_walls");
  assert.equal(verdict!.figures["step"], 5);
});
