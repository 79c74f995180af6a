import assert from "node:assert/strict";
import {
  type EnvironmentDefinition,
  getEnvironment,
  isViewable,
  poseSize,
  replayEpisode,
  rolloutCandidates,
} from "../../../sim/mod.ts";
import { copyTable, everyRandomization, float32 } from "../_tables.ts";

const ENVIRONMENTS: readonly [EnvironmentDefinition, policy: string][] = [
  [getEnvironment("reach"), "scripted"],
  [getEnvironment("pick_place"), "scripted"],
  [getEnvironment("quadruped", { path: "random" }), "scripted"],
  [getEnvironment("push-t"), "dmp"],
  [getEnvironment("push-t", { engine: "chipmunk" }), "dmp"],
];

function record(environment: EnvironmentDefinition, policy: string) {
  return rolloutCandidates({
    environment,
    policy,
    seed: 3,
    stream: "generate",
    first: 4,
    count: 2,
    maxSteps: 30,
    randomize: everyRandomization(environment),
    actionNoise: 0.02,
  });
}

for (const [environment, policy] of ENVIRONMENTS) {
  const name = `${environment.name} on ${environment.engine.name}`;
  Deno.test(`replayEpisode() comes to the recorded bits of ${name}`, async () => {
    const table = await record(environment, policy);
    const { comparison, drawing, poses, observations } = await replayEpisode(environment, table, {
      episode: 1,
    });
    assert.deepEqual(comparison.first, null);
    assert.equal(comparison.equal, true);
    const steps = table.lengths[1]!;
    assert.ok(comparison.compared > steps * 6, `${comparison.compared}`);
    assert.equal(observations.length, steps + 1);
    assert.ok(drawing !== null);
    const frame = drawing.shapes.length * poseSize(drawing);
    assert.equal(poses.length, frame * (steps + 1));
    assert.notDeepEqual(poses.subarray(0, frame), poses.subarray(-frame));
  });
}

Deno.test("replayEpisode() tells which random numbers drew the start", async () => {
  for (const [environment, policy] of ENVIRONMENTS) {
    const table = await record(environment, policy);
    const seed = { dtype: "int64" as const, shape: [], data: BigInt64Array.of(3n, 3n) };
    const seeded = { ...table, episode: { ...table.episode, seed } };
    const options = { episode: 1, streams: ["test", "generate"] };
    const { origin } = await replayEpisode(environment, seeded, options);
    assert.deepEqual(origin, { seed: 3, stream: "generate", candidate: 5 });
    seed.data[1] = 4n;
    assert.equal((await replayEpisode(environment, seeded, options)).origin, null);
  }
});

Deno.test("replayEpisode() names the first step and field that differ", async () => {
  const [environment, policy] = ENVIRONMENTS[0]!;
  const table = await record(environment, policy);
  const start = table.lengths[0]!, row = start + 2;
  const spoilt = copyTable(table);
  float32(spoilt.step["observation/ee_pos"])[3 * row + 1]! += 0.5;
  const { first } = (await replayEpisode(environment, spoilt, { episode: 1 })).comparison;
  const replayed = float32(table.step["observation/ee_pos"])[3 * row + 1]!;
  assert.deepEqual(first, {
    step: 2,
    field: "observation/ee_pos",
    component: "y",
    recorded: Math.fround(replayed + 0.5),
    replayed,
  });
  // A reward is known one step later; earlier goes before the order of fields.
  float32(spoilt.step["reward"])[start]! -= 1;
  const { comparison } = await replayEpisode(environment, spoilt, { episode: 1 });
  assert.deepEqual([comparison.first?.field, comparison.first?.step], ["reward", 1]);
  assert.equal(comparison.differing, 2);
  assert.deepEqual(comparison.largest.map(({ field, step }) => [field, step]), [
    ["observation/ee_pos", 2],
    ["reward", 1],
  ]);
});

Deno.test("replayEpisode() follows the recorded actions, not the recorded states", async () => {
  const [environment, policy] = ENVIRONMENTS[0]!;
  const table = await record(environment, policy);
  const spoilt = copyTable(table);
  const { data } = spoilt.step["action"]!;
  data[4 * (table.lengths[0]! + 1)] = -1;
  const { comparison } = await replayEpisode(environment, spoilt, { episode: 1 });
  assert.equal(comparison.first?.step, 2);
  assert.ok(comparison.differing > 10);
});

Deno.test("replayEpisode() refuses what was recorded otherwise", async () => {
  const [environment, policy] = ENVIRONMENTS[0]!;
  const table = await record(environment, policy);
  const { start_state: _, ...episode } = table.episode;
  await assert.rejects(replayEpisode(environment, { ...table, episode }, { episode: 0 }), {
    name: "InvalidInputError",
    message: /expected 131 numbers as start_state, found none/,
  });
  await assert.rejects(
    replayEpisode(getEnvironment("pick_place"), table, { episode: 0 }),
    /expected 162 numbers as start_state, found 131/,
  );
  await assert.rejects(replayEpisode(environment, table, { episode: 2 }), RangeError);
});

Deno.test("ViewableWorld.drawing() of MuJoCo shows every geom in its colour and size", async () => {
  using world = await getEnvironment("reach").create();
  world.configure({ colour: new Float64Array(15).fill(0.125) }); // beside its own
  world.restore(world.snapshot());
  assert.ok(isViewable(world));
  const drawing = world.drawing();
  assert.ok(drawing.dimensions === 3);
  assert.equal(drawing.shapes[0]!.kind, "plane");
  const table = drawing.shapes[1]!;
  assert.deepEqual([table.kind, table.size], ["box", [0.58, 0.5, 0.02]]);
  assert.deepEqual(table.colour.map((share) => share.toFixed(3)), [
    "0.845",
    "0.705",
    "0.555",
    "1.000",
  ]);
  assert.deepEqual(drawing.camera.position, [1.5, -1.05, 0.9]);
  assert.equal(drawing.camera.fieldOfView, 38);
  // A rotation matrix: the table is parallel to the floor, its middle where the model has it.
  assert.deepEqual([...world.poses().subarray(12, 24)], [
    0.38,
    0,
    -0.02,
    1,
    0,
    0,
    0,
    1,
    0,
    0,
    0,
    1,
  ]);
});
