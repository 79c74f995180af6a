import assert from "node:assert/strict";
import { createRandom } from "../../../../core/random.ts";
import { getEnvironment, rolloutCandidates } from "../../../../sim/mod.ts";
import { everyRandomization, flags, float32 } from "../../_tables.ts";

const pickPlace = getEnvironment("pick_place");

const VARIANTS = {
  "the nominal cube": false,
  "a turned cube": { object_yaw: true },
  "everything randomized": everyRandomization(pickPlace),
} as const;

for (const [what, randomize] of Object.entries(VARIANTS)) {
  Deno.test(`pick_place: the scripted policy solves 99 % of 100 with ${what}`, async () => {
    const table = await rolloutCandidates({
      environment: pickPlace,
      policy: "scripted",
      seed: 42,
      stream: "generate",
      first: 0,
      count: 100,
      randomize,
    });
    const solved = flags(table.episode["success"]).filter((value) => value === 1).length;
    assert.ok(solved >= 99, `${solved} of 100`);
  });
}

Deno.test("pick_place: the scripted policy is a function of the observation", async () => {
  using world = await pickPlace.create();
  world.configure({});
  let observation = world.reset(createRandom(1, "start", 0));
  const policy = pickPlace.createPolicy("scripted", world, createRandom(1, "policy", 0));
  for (let step = 0; step < 30; step++) {
    const action = policy(observation);
    const fresh = pickPlace.createPolicy("scripted", world, createRandom(2, "policy", 0));
    assert.deepEqual(fresh(observation), action);
    observation = world.step(action);
  }
});

Deno.test("pick_place: friction holds the cube, and it falls when the fingers open", async () => {
  using world = await pickPlace.create();
  world.configure({});
  let observation = world.reset(createRandom(1, "start", 3));
  const policy = pickPlace.createPolicy("scripted", world, createRandom(1, "policy", 0));
  const outcomeOf = pickPlace.createOutcomeFunction();
  for (let step = 0, over = false; step < 100 && !over; step++) {
    const action = policy(observation);
    observation = world.step(action);
    over = outcomeOf(observation, action).terminated;
  }
  const inHand = () => [0, 1, 2].map((axis) => observation[20 + axis]! - observation[14 + axis]!);
  const before = inHand();
  for (let step = 0; step < 40; step++) observation = world.step(Float32Array.of(0, 0, 0, -1));
  inHand().forEach((now, axis) => assert.ok(Math.abs(now - before[axis]!) < 0.002, "slips"));
  assert.ok(observation[22]! > 0.04, `lifted: ${observation[22]} m`);
  for (let step = 0; step < 20; step++) observation = world.step(Float32Array.of(0, 0, 0, 1));
  assert.ok(observation[22]! < 0.03, `on the table: ${observation[22]} m`);
});

Deno.test("pick_place: starts fill their range, with the goal away from the cube", async () => {
  const table = await rolloutCandidates({
    environment: pickPlace,
    policy: "scripted",
    seed: 3,
    stream: "generate",
    first: 0,
    count: 100,
    maxSteps: 1,
  });
  const cube = float32(table.step["observation/object_pos"]);
  const goal = float32(table.step["observation/target_pos"]);
  const xs = cube.filter((_, i) => i % 3 === 0);
  assert.ok(Math.min(...xs) >= 0.3 && Math.min(...xs) < 0.32 && Math.max(...xs) > 0.58);
  for (let i = 0; i < cube.length; i += 3) {
    const away = Math.hypot(...[0, 1, 2].map((axis) => goal[i + axis]! - cube[i + axis]!));
    assert.ok(away >= 0.1 - 1e-6, `${away} m`);
  }
});

Deno.test("pick_place: the outcome function has the rewards and ends of its docstring", () => {
  /** End effector and goal at the given heights over a cube at x = .5. */
  const at = (cube: number, { ee, goal, opening }: Record<"ee" | "goal" | "opening", number>) => {
    const observation = new Float32Array(28);
    for (const field of [14, 17, 20]) observation[field] = 0.5;
    observation.set([ee], 16);
    observation.set([goal], 19);
    observation.set([cube], 22);
    observation[27] = opening;
    return observation;
  };
  const reward = (observation: Float32Array) =>
    pickPlace.createOutcomeFunction()(observation, new Float32Array(4)).reward;
  const near = (value: number, expected: number) => assert.ok(Math.abs(value - expected) < 1e-5);
  near(reward(at(0.015, { ee: 0.215, goal: 0.2, opening: 0.04 })), -0.2);
  near(reward(at(0.015, { ee: 0.065, goal: 0.2, opening: 0.04 })), -0.05 + 0.25);
  near(reward(at(0.015, { ee: 0.01, goal: 0.2, opening: 0.015 })), -0.005 + 1);
  near(reward(at(0.1, { ee: 0.1, goal: 0.2, opening: 0.015 })), 2 - 0.1);
  near(reward(at(0.16, { ee: 0.16, goal: 0.2, opening: 0.015 })), 2 - 0.04 + 5);

  const outcomeOf = pickPlace.createOutcomeFunction();
  const placed = at(0.18, { ee: 0.18, goal: 0.2, opening: 0.015 });
  const missed = at(0.16, { ee: 0.16, goal: 0.2, opening: 0.015 });
  const ends = [...Array(9).fill(placed), missed, ...Array(10).fill(placed)]
    .map((observation) => outcomeOf(observation, new Float32Array(4)));
  assert.deepEqual(ends.map(({ success }) => success), [...Array(19).fill(false), true]);
  assert.deepEqual(ends.map(({ terminated }) => terminated), ends.map(({ success }) => success));
});
