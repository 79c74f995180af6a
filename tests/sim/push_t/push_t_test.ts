import assert from "node:assert/strict";
import { createRandom } from "../../../core/random.ts";
import { InvalidInputError } from "../../../core/errors.ts";
import { checkStability, getEnvironment, rolloutCandidates } from "../../../sim/mod.ts";
import { type EpisodeView, viewEpisodes } from "../../../sim/episodes/episode_view.ts";
import { coverageOf } from "../../../sim/push_t/coverage.ts";
import { centreOfBlock, GOAL_POSE } from "../../../sim/push_t/push_t_scene.ts";
import { copyTable, digestTable, flags, float32 } from "../_tables.ts";

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
  const outcomeOf = pushT.createOutcomeFunction(), action = Float32Array.of(0, 0);
  const [x, y, angle] = GOAL_POSE;
  assert.deepEqual(outcomeOf(blockAt(x, y, angle), action), {
    reward: 1,
    terminated: true,
    success: true,
  });
  assert.deepEqual(outcomeOf(blockAt(50, 50, angle), action), {
    reward: 0,
    terminated: false,
    success: false,
  });
  const { reward, success } = outcomeOf(blockAt(x, y + 10, angle), action);
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

Deno.test("push-t: start_nearness brings the block to the goal, and changes nothing without", async () => {
  using world = await pushT.create();
  const [x, y, angle] = GOAL_POSE;
  for (let index = 0; index < 20; index++) {
    const random = () => createRandom(2, "start", index);
    world.configure({});
    const reset = world.reset(random());
    const distance = (observation: Float32Array) => {
      const [bx = 0, by = 0] = centreOfBlock(observation[2]!, observation[3]!, observation[4]!);
      const [gx = 0, gy = 0] = centreOfBlock(x, y, angle);
      return Math.hypot(bx - gx, by - gy);
    };
    world.configure({ start_nearness: Float64Array.of(0.75) });
    const near = world.reset(random());
    assert.ok(Math.abs(distance(near) - distance(reset) / 4) < 2); // a physics step may push it
    assert.deepEqual(near.slice(0, 2), reset.slice(0, 2));
    world.configure({ start_nearness: Float64Array.of(0) });
    assert.deepEqual(world.reset(random()), reset);
  }
  // What these were before there was such a property.
  const digests = {
    rapier2d: "ac07ba87343f910014c286c0a376f0496a597d96c6bd5b0e7a948bb0fa3fbb39",
    chipmunk: "5f1bfaf8ddb0a60a58648d9b261ac2545bea561477b658e144aff5b4e48bd779",
  };
  for (const [engine, digest] of Object.entries(digests)) {
    const environment = getEnvironment("push-t", { engine });
    const options = { policy: "random", seed: 5, stream: "conformance", first: 0, count: 3 };
    const table = await rolloutCandidates({
      ...options,
      environment,
      maxSteps: 30,
      actionNoise: 0.1,
    });
    assert.equal(digestTable(table), digest);
  }
});

Deno.test("push-t: metrics are of coverage, and of the steps of episodes that succeed", async () => {
  const { measure, summarize } = pushT.metrics!;
  const table = await rolloutCandidates({
    environment: pushT,
    policy: "planner",
    seed: 2,
    stream: "metrics",
    first: 0,
    count: 4,
    maxSteps: 90,
  });
  const episodes = viewEpisodes(table);
  const metrics = summarize(episodes.map(measure));
  const coverage = (episode: EpisodeView) =>
    Array.from(episode.step("info/coverage")!.data, Number);
  const mean = (of: (values: readonly number[]) => number) =>
    episodes.reduce((sum, episode) => sum + of(coverage(episode)) / 4, 0);
  const steps = [...table.lengths].filter((_, i) => flags(table.episode["success"])[i] === 1);
  assert.ok(steps.length > 0 && steps.length < 4, `${steps}`);
  assert.deepEqual(metrics, {
    mean_max_coverage: mean((values) => Math.max(...values)),
    mean_final_coverage: mean((values) => values.at(-1)!),
    median_steps: steps.sort((a, b) => a - b)[steps.length >> 1],
  });
  assert.ok(metrics["mean_max_coverage"]! > metrics["mean_final_coverage"]! - 1e-12);
  const failed = {
    group: "push-t",
    values: { success: 0, steps: 90, max_coverage: 0, final_coverage: 0 },
  };
  assert.ok(!("median_steps" in summarize([failed])), "none succeeds: there is no median");
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
