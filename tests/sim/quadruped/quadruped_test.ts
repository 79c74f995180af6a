import assert from "node:assert/strict";
import { type EpisodeTable, typedData } from "../../../core/episode.ts";
import { createRandom } from "../../../core/random.ts";
import {
  checkStability,
  getEnvironment,
  rolloutCandidates,
  type RolloutOptions,
  validateEpisodes,
} from "../../../sim/mod.ts";
import { COMMANDS, velocityOf } from "../../../sim/quadruped/commands.ts";
import { solveLeg } from "../../../sim/quadruped/gait.ts";
import { CALF, HIP_OFFSET, LEFT, THIGH } from "../../../sim/quadruped/quadruped_scene.ts";
import { readPath, USER } from "../../../sim/quadruped/quadruped_spaces.ts";
import { splitHeading } from "../../../core/rotation.ts";
import { copyTable, everyRandomization, float32, float64, takeEpisode } from "../_tables.ts";

const quadruped = getEnvironment("quadruped");

function simulate(
  path: string,
  count: number,
  options: Partial<RolloutOptions> = {},
): Promise<EpisodeTable> {
  return rolloutCandidates({
    environment: getEnvironment("quadruped", { path }),
    policy: "scripted",
    seed: 11,
    stream: "generate",
    first: 0,
    count,
    ...options,
  });
}

Deno.test("solveLeg() puts feet where forward kinematics finds them", () => {
  const random = createRandom(1, "feet", 0), angles = new Float64Array(12);
  for (let i = 0; i < 400; i++) {
    const leg = i % 4, offset = HIP_OFFSET * LEFT[leg]!;
    const foot = [
      random.uniform(-0.12, 0.12),
      offset + random.uniform(-0.08, 0.08),
      random.uniform(-0.34, -0.18),
    ] as const;
    solveLeg(leg, ...foot, angles);
    const [hip = 0, thigh = 0, calf = 0] = angles.subarray(3 * leg, 3 * leg + 3);
    const x = -THIGH * Math.sin(thigh) - CALF * Math.sin(thigh + calf);
    const down = -THIGH * Math.cos(thigh) - CALF * Math.cos(thigh + calf);
    const found = [
      x,
      offset * Math.cos(hip) - down * Math.sin(hip),
      offset * Math.sin(hip) + down * Math.cos(hip),
    ];
    found.forEach((value, axis) => assert.ok(Math.abs(value - foot[axis]!) < 1e-9, `${found}`));
  }
});

Deno.test("quadruped: commands do what they say, without a fall", async () => {
  const table = await simulate("commands", 5);
  const sequences = typedData(table.episode["command_sequence"]!.data, Int32Array);
  const speeds = COMMANDS.map((): number[] => []), turns = COMMANDS.map((): number[] => []);
  for (let episode = 0; episode < 5; episode++) {
    const { lengths, step } = takeEpisode(table, episode);
    const commands = sequences.subarray(29 * episode, 29 * (episode + 1)).filter((c) => c > 0);
    assert.equal(lengths[0], 400 * commands.length, "the sequence is walked to its end");
    assert.ok(commands.every((command, i) => (command === 5) === (i % 2 === 1)));
    const rotation = float32(step["observation/base_rot"]);
    const velocity = float32(step["observation/base_vel"]);
    commands.forEach((command, i) => {
      // The mean of what comes after the first .4 s of a command.
      let speed = 0, turn = 0;
      for (let row = 400 * i + 100; row < 400 * (i + 1) - 1; row++) {
        const now = splitHeading(rotation, 3 * row), next = splitHeading(rotation, 3 * row + 3);
        speed += (now.cos * velocity[3 * row]! + now.sin * velocity[3 * row + 1]!) / 299;
        turn += (next.sin * now.cos - next.cos * now.sin) / (299 / 250);
      }
      speeds[command - 1]!.push(speed);
      turns[command - 1]!.push(turn);
    });
  }
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  COMMANDS.forEach((name, i) => {
    const [speed, turn] = velocityOf(i + 1), walked = mean(speeds[i]!), turned = mean(turns[i]!);
    assert.ok(
      Math.abs(walked - speed) <= Math.max(0.2 * Math.abs(speed), 0.03),
      `${name} ${walked}`,
    );
    assert.ok(Math.abs(turned - turn) <= Math.max(0.2 * Math.abs(turn), 0.06), `${name} ${turned}`);
  });
});

for (
  const [path, bound] of Object.entries({
    circle: 0.03,
    figure8: 0.03,
    straight: 0.03,
    zigzag: 0.05,
  })
) {
  Deno.test(`quadruped: the scripted policy follows ${path}`, async () => {
    const table = await simulate(path, 1);
    assert.equal(table.lengths[0], 2500);
    const position = float32(table.step["observation/base_pos"]);
    const ahead = float32(table.step["observation/path"]);
    // The waypoint .2 s ahead, seen 50 rows earlier, is where the robot should be.
    let error = 0;
    for (let row = 50; row < 2500; row++) {
      const from = row - 50;
      error += Math.hypot(...[0, 1].map((axis) =>
        position[3 * from + axis]! + ahead[15 * from + axis]! - position[3 * row + axis]!
      )) / 2450;
    }
    assert.ok(error < bound, `${error} m`);
  });
}

Deno.test("quadruped: path four takes the test paths in turn", async () => {
  const table = await simulate("four", 5, { maxSteps: 1 });
  assert.deepEqual([...table.episode["path_kind"]!.data], [2, 3, 1, 4, 2]);
});

Deno.test("quadruped: a start state holds path and pushes, whatever world it is put into", async () => {
  const randomize = everyRandomization(quadruped);
  const table = await simulate("random", 1, { randomize, maxSteps: 400, actionNoise: 2 });
  using world = await quadruped.create();
  const draw = quadruped.randomization.map(({ name }) =>
    [name, float64(table.episode[`randomization/${name}`])] as const
  );
  world.configure(Object.fromEntries(draw));
  const start = float64(table.episode["start_state"]);
  world.restore(start);
  const actions = float32(table.step["action"]);
  for (let step = 0; step < table.lengths[0]!; step++) {
    world.step(actions.subarray(12 * step, 12 * step + 12));
  }
  const final = quadruped.observation.flatMap(({ name }) => [
    ...float32(table.episode[`final_observation/${name}`]),
  ]);
  assert.deepEqual([...world.observe()], final);
  const kind = Number(table.episode["path_kind"]!.data[0]);
  const user = start.subarray(start.length - USER.size);
  assert.equal(user[USER.kind], kind);
  assert.equal(readPath(user).parameters.length, 7);
});

Deno.test("quadruped: what varies is strong enough that some fall, and weak enough that most walk", async () => {
  const randomize = { friction: true, payload: true, push: true, initial_pose: true };
  const table = await simulate("random", 16, {
    maxSteps: 500,
    randomize,
    actionNoise: 3,
    noiseKind: "ornstein-uhlenbeck",
  });
  const verdicts = checkStability(quadruped, table);
  const accepted = verdicts.filter((verdict) => verdict.accepted).length;
  assert.ok(accepted >= 8 && accepted <= 15, `${accepted} of 16`);
  for (const { reason, figures } of verdicts.filter((verdict) => !verdict.accepted)) {
    assert.equal(reason, "tipped_over");
    assert.ok(Object.values(figures).every(Number.isFinite));
  }
});

const FAULTS = {
  numerical_instability: ["observation/joint_vel", 12 * 40 + 3, [NaN]],
  fell_through_ground: ["observation/base_pos", 3 * 40 + 2, [-0.01]],
  position_exploded: ["observation/base_pos", 3 * 40, [120]],
  velocity_exploded: ["observation/joint_vel", 12 * 40, [-51]],
  tipped_over: ["observation/base_rot", 3 * 40, [1.1, 0, 0]],
} as const;

Deno.test("checkStability() names what is wrong with a quadruped, in the order of the checks", async () => {
  const table = await simulate("straight", 1, { maxSteps: 60 });
  assert.deepEqual(checkStability(quadruped, table).map(({ reason }) => reason), [null]);
  const spoilt = copyTable(table);
  for (const [reason, [column, at, values]] of Object.entries(FAULTS).reverse()) {
    float32(spoilt.step[column]).set(values, at);
    const [verdict] = checkStability(quadruped, spoilt);
    assert.equal(verdict?.reason, reason);
    assert.equal(verdict?.figures["step"], 40);
  }
});

Deno.test("checkStability() finds a robot that lies low, at once and on average", async () => {
  const table = await simulate("straight", 1, { maxSteps: 60 });
  const heights = (value: number, from: number) => {
    const spoilt = copyTable(table), data = float32(spoilt.step["observation/base_pos"]);
    for (let row = from; row < 60; row++) data[3 * row + 2] = value;
    return checkStability(quadruped, spoilt)[0]!;
  };
  assert.ok("meanHeight" in heights(0.45, 0).figures);
  assert.equal(heights(0.14, 59).reason, "tipped_over");
  assert.equal(heights(0.16, 59).reason, null);
});

Deno.test("validateEpisodes() leaves a simulation that blew up to the stability checks", async () => {
  const table = await simulate("straight", 1, { maxSteps: 60 });
  const spoilt = copyTable(table);
  float32(spoilt.episode["final_observation/base_vel"])[0] = Infinity;
  const options = { policy: "scripted", maxSteps: 60 };
  assert.deepEqual(
    (await validateEpisodes(quadruped, spoilt, options)).map(({ accepted }) => accepted),
    [true],
  );
  assert.equal(checkStability(quadruped, spoilt)[0]!.reason, "numerical_instability");
  assert.deepEqual(
    (await validateEpisodes(quadruped, table, options)).map(({ reason }) => reason),
    [null],
  );
});
