import assert from "node:assert/strict";
import { createRandom } from "../../../core/random.ts";
import type { EpisodeTable } from "../../../core/episode.ts";
import { getEnvironment, rolloutCandidates, type RolloutOptions } from "../../../sim/mod.ts";
import { digestTable, flags, float32, takeEpisode } from "../_tables.ts";

const pushT = getEnvironment("push-t", { engine: "chipmunk" });

function plan(options: Partial<RolloutOptions>): Promise<EpisodeTable> {
  return rolloutCandidates({
    environment: pushT,
    policy: "planner",
    seed: 3,
    stream: "planner",
    first: 0,
    count: 1,
    ...options,
  });
}

function successes(table: EpisodeTable): number {
  return flags(table.episode["success"]).reduce((sum, flag) => sum + flag, 0);
}

Deno.test("push-t planner: solves every reset on chipmunk, by targets near the agent", async () => {
  const table = await plan({ count: 10 });
  assert.equal(successes(table), 10);
  const steps = [...table.lengths].sort((a, b) => a - b);
  assert.ok(steps[5]! < 140, `median of ${steps}`);
  const agent = float32(table.step["observation/agent_pos"]);
  const action = float32(table.step["action"]);
  for (let i = 0; i < agent.length; i += 2) {
    const distance = Math.hypot(action[i]! - agent[i]!, action[i + 1]! - agent[i + 1]!);
    assert.ok(distance <= 45, `${distance} px`);
  }
});

Deno.test("push-t planner: solves a reset on rapier2d, planned with it", async () => {
  const environment = getEnvironment("push-t", { engine: "rapier2d" });
  assert.equal(successes(await plan({ environment, count: 2 })), 2);
});

Deno.test("push-t planner: an episode is the same alone and behind others", async () => {
  const batch = await plan({ first: 3, count: 3 });
  assert.equal(digestTable(await plan({ first: 5 })), digestTable(takeEpisode(batch, 2)));
});

Deno.test("push-t planner: goes on from states that it never meant to be in", async () => {
  // Targets all over the world put agent and block anywhere, one on the other too.
  using world = await pushT.create();
  const reset = world.reset(createRandom(1, "start", 0));
  const wild = pushT.createPolicy("random", world, createRandom(1, "wild", 0));
  for (let i = 0, at = reset; i < 40; i++) at = world.step(wild(at));
  const planner = pushT.createPolicy("planner", world, createRandom(1, "policy", 0));
  const outcomeOf = pushT.createOutcomeFunction();
  let success = false;
  for (let i = 0; i < 300 && !success; i++) {
    const action = planner(world.observe());
    success = outcomeOf(world.step(action), action).success;
  }
  assert.ok(success);
  assert.equal(successes(await plan({ actionNoise: 2, count: 5 })), 5);
});

Deno.test("push-t planner: its snapshot with that of the world goes on to the bit", async () => {
  const create = async () => {
    const world = await pushT.create();
    world.reset(createRandom(1, "start", 4));
    return { world, policy: pushT.createPolicy("planner", world, createRandom(1, "policy", 4)) };
  };
  const advance = ({ world, policy }: Awaited<ReturnType<typeof create>>, steps: number) =>
    Array.from({ length: steps }, () => [...world.step(policy(world.observe()))]);
  const whole = await create(), other = await create();
  using _whole = whole.world, _other = other.world;
  // On the way to a push, within one, and at their ends.
  for (let part = 0; part < 6; part++) {
    advance(whole, 9);
    const state = whole.world.snapshot(), memory = whole.policy.snapshot!();
    const expected = advance(whole, 25);
    other.world.restore(state);
    other.policy.restore!(memory);
    assert.deepEqual(advance(other, 25), expected);
  }
});
