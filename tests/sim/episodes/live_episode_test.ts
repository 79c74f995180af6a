import assert from "node:assert/strict";
import {
  type EnvironmentDefinition,
  EpisodeView,
  getEnvironment,
  isInteractive,
  LiveEpisode,
  type LiveOptions,
  readDeclared,
  rolloutCandidates,
} from "../../../sim/mod.ts";
import { LIFT_ACTIONS, LIFT_GYM } from "../declared/_lift.ts";

const LIFT = getEnvironment(
  "declared",
  readDeclared({ value: LIFT_GYM, name: "gym" }, { value: LIFT_ACTIONS, name: "actions" }).options,
);
const REACH = getEnvironment("reach");

function open(environment: EnvironmentDefinition, options: Partial<LiveOptions> = {}) {
  return LiveEpisode.open({
    ...{ environment, seed: 7, stream: "generate", randomize: true, policy: "scripted" },
    ...options,
  });
}

/** Steps until the episode is over. */
function finish(live: LiveEpisode): void {
  do live.step(); while (live.state.end === null);
}

/** Numbers of one field of an observation. */
function field(live: LiveEpisode, { observation }: EnvironmentDefinition, name: string): number[] {
  let at = 0;
  for (const { name: found, shape } of observation) {
    const end = at + shape.reduce((product, size) => product * size, 1);
    if (found === name) return Array.from(live.state.observation.subarray(at, end));
    at = end;
  }
  throw new Error(`no field ${name}`);
}

Deno.test("LiveEpisode left alone is the candidate of a generate stage, to the bit", async () => {
  const push = getEnvironment("push-t", { engine: "chipmunk" });
  for (
    const [environment, policy] of [[REACH, "scripted"], [LIFT, "scripted"], [push, "dmp"]] as const
  ) {
    const common = { environment, policy, seed: 7, stream: "generate", randomize: true };
    const table = await rolloutCandidates({ ...common, first: 2, count: 1 });
    const stored = new EpisodeView(table, 0), { size, data: actions } = stored.step("action")!;
    using live = await open(environment, { policy });
    live.step(); // of candidate 0, of which nothing must be left
    live.begin(2);
    for (let step = 0; step < stored.length; step++) {
      assert.equal(live.state.end, null);
      live.step();
      assert.deepEqual([...live.state.action], [...actions.slice(step * size, (step + 1) * size)]);
      assert.equal(Math.fround(live.state.reward!), stored.step("reward")!.data[step]);
    }
    const { end, success, step, candidate } = live.state;
    assert.notEqual(end, null);
    assert.deepEqual({ success: Number(success), step, candidate, sum: live.state.return }, {
      success: stored.episode("success")![0],
      step: stored.length,
      candidate: 2,
      sum: stored.episode("return")![0],
    });
    const final = environment.observation
      .flatMap(({ name }) => [...stored.episode(`final_observation/${name}`)!]);
    assert.deepEqual([...live.state.observation], final);
  }
});

Deno.test("LiveEpisode.setComponent() takes over from a policy, and holds what is not asked for", async () => {
  using live = await open(LIFT);
  for (let step = 0; step < 10; step++) live.step();
  const before = live.state.action;
  live.setComponent(0, 0.5);
  assert.equal(live.state.policy, null);
  for (let step = 0; step < 30; step++) live.step();
  assert.deepEqual([...live.state.action], [0.5, ...before.slice(1)]);
  assert.ok(Math.abs(live.world.observe()[0]! - before[0]!) > 0.01, "the joint stayed");
  live.setComponent(0, 99);
  assert.equal(live.state.action[0], Math.fround(LIFT.action.high![0]!));
  live.control(null);
  assert.equal(live.state.action[0], Math.fround(0.5), "what stands now is held");
});

Deno.test("LiveEpisode.move() puts a target elsewhere, which is observed at once", async () => {
  using live = await open(REACH, { policy: null });
  const hand = field(live, REACH, "ee_pos");
  live.move("target", [0.5, 0.25, 0.4]);
  assert.deepEqual(field(live, REACH, "target_pos"), [0.5, 0.25, 0.4].map(Math.fround));
  assert.deepEqual(field(live, REACH, "ee_pos"), hand);
  live.control("scripted");
  finish(live);
  assert.equal(live.state.end, "terminated");
  // Beyond its end an episode goes on: the expert follows the target.
  live.move("target", [0.45, 0.1, 0.4]);
  finish(live);
  assert.equal(live.state.success, true);
  assert.throws(() => live.move("cube", [0, 0, 0]), /Cannot move "cube": expected target/);
});

Deno.test("LiveEpisode.move() before the first step has the expert plan anew", async () => {
  using live = await open(LIFT);
  live.move("cube", [0.5, -0.1, 0.015]);
  const [x, y] = field(live, LIFT, "cube_pose");
  assert.ok(Math.hypot(x! - 0.5, y! + 0.1) < 1e-6, `the cube is at ${x}, ${y}`);
  finish(live);
  assert.equal(live.state.end, "planned");
  assert.equal(live.state.success, true, "the expert went where the cube had been");
  live.begin(1);
  live.move("cube", [0.9, 0.4, 0.015]);
  assert.equal(live.state.planProblem, 'pose "arm/above" is out of reach');
});

Deno.test("LiveEpisode.move() of a vessel takes along what is in it", async () => {
  const gym = {
    id: "Beads",
    robot: { robot_type: "SingleArm" },
    background: [{
      uid: "table",
      shape: { shape_type: "Cube", size: [0.8, 0.8, 0.04] },
      init_pos: [0.5, 0, -0.02],
    }],
    rigid_object: ["cup", "other"].map((uid, i) => ({
      uid,
      shape: { shape_type: "Vessel", radius: 0.03, height: 0.08, thickness: 0.004 },
      attrs: { mass: 0.2 },
      init_pos: [0.5, 0.2 * i, 0],
    })),
    rigid_object_group: [{
      uid: "beads",
      count: 6,
      shape: { shape_type: "Sphere", radius: 0.008 },
      attrs: { mass: 0.002 },
      inside: "cup",
    }],
    env: {
      observations: {
        held: {
          func: "get_fraction_inside",
          mode: "add",
          params: { group: { uid: "beads" }, vessel: { uid: "cup" } },
        },
      },
    },
  };
  const environment = getEnvironment(
    "declared",
    readDeclared({ value: gym, name: "gym" }, null).options,
  );
  using live = await open(environment, { policy: null });
  const held = () => field(live, environment, "beads_in_cup");
  for (let step = 0; step < 10; step++) live.step(); // they have fallen
  assert.deepEqual(held(), [1]);
  live.move("cup", [0.55, -0.25, 0.1]);
  assert.deepEqual(held(), [1]);
  for (let step = 0; step < 10; step++) live.step(); // and the cup, too
  assert.deepEqual(held(), [1]);
  live.move("other", [0.4, 0.3, 0]); // an empty one takes nothing away
  assert.deepEqual(held(), [1]);
});

Deno.test("InteractiveWorld.move() puts a body at rest, and blocks of push-t where they are asked to be", async () => {
  using cube = await open(getEnvironment("pick_place"), { policy: null });
  assert.ok(isInteractive(cube.world));
  cube.move("cube", [0.4, 0.1, 0.3]);
  for (let step = 0; step < 3; step++) cube.step(); // it falls
  cube.move("cube", [0.4, 0.1, 0.3]);
  assert.deepEqual(cube.world.draggableBodies()[1]!.position, [0.4, 0.1, 0.3]);
  cube.step();
  const [, fallen] = cube.world.draggableBodies();
  const free = 9.81 * 0.05 ** 2 / 2; // m in a control period from rest
  assert.ok(Math.abs(0.3 - fallen!.position[2]! - free) < 0.1 * free, "it was not at rest");
  for (const engine of ["chipmunk", "rapier2d"]) {
    const environment = getEnvironment("push-t", { engine });
    using push = await open(environment, { policy: null });
    const [angle] = field(push, environment, "block_angle");
    assert.ok(isInteractive(push.world));
    const [agent] = push.world.draggableBodies();
    push.move("block", [180, 190]);
    const [x, y] = field(push, environment, "block_pos");
    assert.ok(Math.hypot(x! - 180, y! - 190) < 0.01, `${engine}: the block is at ${x}, ${y}`);
    assert.ok(Math.abs(field(push, environment, "block_angle")[0]! - angle!) < 1e-5);
    assert.deepEqual(push.world.draggableBodies()[0], agent);
    push.move("agent", [60, 70]);
    push.step();
    assert.deepEqual(field(push, environment, "agent_pos"), [60, 70], "the agent is held");
  }
});
