import { typedData } from "../../../core/episode.ts";
import assert from "node:assert/strict";
import { fromVector, getEnvironment, rolloutDmp, validateEpisodes } from "../../../sim/mod.ts";
import { type EnvironmentDefinition, rolloutCandidates } from "../../../sim/mod.ts";
import { viewEpisodes } from "../../../sim/episodes/episode_view.ts";
import { copyTable, float32, float64 } from "../_tables.ts";

const pushT = getEnvironment("push-t", { engine: "chipmunk" });
const OPTIONS = { policy: "dmp", seed: 0, stream: "generate", first: 0, count: 40 };

function rollout(environment: EnvironmentDefinition = pushT) {
  return rolloutCandidates({ ...OPTIONS, environment });
}

/** The verdicts' reasons. */
async function reasons(...input: Parameters<typeof validateEpisodes>) {
  return (await validateEpisodes(...input)).map(({ reason }) => reason);
}

Deno.test("push-t dmp: an episode is the movement, sampled at the control rate", async () => {
  const table = await rollout();
  assert.deepEqual(await reasons(pushT, table, { policy: "dmp" }), Array(40).fill(null));
  const durations = new Set<number>();
  for (const episode of viewEpisodes(table)) {
    const number = (name: string) => Number(episode.episode(`dmp/${name}`)![0]);
    const numbers = (name: string) => Array.from(episode.episode(`dmp/${name}`)!, Number);
    const toWorkspace = (pixels: number) => pixels / 256 - 1;
    const duration = number("duration"), steps = Math.ceil(10 * duration);
    durations.add(duration);
    assert.ok(duration >= 1 && duration <= 4 && episode.length === steps);
    assert.equal(number("damping"), 2 * Math.sqrt(number("stiffness")));
    assert.equal(number("dt"), 0.0125);
    const start = numbers("start_pixels");
    assert.deepEqual(start, [...episode.states("agent_pos").data.subarray(0, 2)]);
    const movement = fromVector([
      duration,
      ...start.map(toWorkspace),
      ...numbers("goal_pixels").map(toWorkspace),
      ...numbers("weights"),
      number("stiffness"),
      number("damping"),
    ]);
    const config = { dt: 0.0125, alphaS: number("alpha_s"), scaleForcing: false };
    const path = rolloutDmp(movement, config, 8 * steps);
    const actions = typedData(episode.step("action")!.data, Float32Array);
    const times = [...Array.from(episode.step("time")!.data, Number)];
    times.push(Number(episode.episode("final_time")![0]));
    const phases = [...Array.from(episode.step("phase")!.data, Number)];
    phases.push(Number(episode.episode("final_phase")![0]));
    for (let step = 0; step <= steps; step++) {
      assert.equal(times[step], Math.fround(step / 10));
      assert.equal(phases[step], Math.fround(Math.exp(-1.2 * step / 10 / duration)));
      if (step === steps) continue;
      for (const axis of [0, 1]) {
        const pixels = 256 * (path[2 * 8 * (step + 1) + axis]! + 1);
        const action = actions[2 * step + axis]!;
        assert.ok(Math.abs(action - Math.max(0, Math.min(512, pixels))) < 1e-4);
      }
    }
  }
  assert.equal(durations.size, 40);
});

Deno.test("push-t dmp: infos are what gym-pusht tells of the reset and of every step", async () => {
  for (const episode of viewEpisodes(await rollout())) {
    const agents = episode.states("agent_pos").data, blocks = episode.states("block_pos").data;
    const found = (name: string) => [
      ...Array.from(episode.episode(`reset_info/${name}`)!, Number),
      ...Array.from(episode.step(`info/${name}`)!.data, Number),
    ];
    assert.deepEqual(Float32Array.from(found("pos_agent")), Float32Array.from(agents));
    const poses = found("block_pose");
    const positions = poses.filter((_, i) => i % 3 < 2);
    assert.deepEqual(Float32Array.from(positions), Float32Array.from(blocks));
    const touched = found("n_contacts");
    for (let state = 1; state <= episode.length; state++) {
      const moved = [0, 1, 2].some((i) => poses[3 * state + i] !== poses[3 * (state - 1) + i]);
      if (moved) assert.equal(touched[state] || touched[state - 1], 1);
    }
  }
});

Deno.test("push-t dmp: a movement ends early where the task is done", async () => {
  const early: EnvironmentDefinition = {
    ...pushT,
    createOutcomeFunction() {
      let steps = 0;
      return () => {
        const done = ++steps === 7;
        return { reward: done ? 1 : 0, terminated: done, success: done };
      };
    },
  };
  const table = await rollout(early);
  assert.deepEqual([...table.lengths], Array(40).fill(7));
  assert.deepEqual(await reasons(early, table, { policy: "dmp" }), Array(40).fill(null));
  for (const time of float32(table.episode["final_time"])) assert.equal(time, Math.fround(0.7));
});

Deno.test("push-t dmp: scaled forcing is another movement from the same draws", async () => {
  const scaled = await rollout(
    getEnvironment("push-t", { engine: "chipmunk", scaleForcing: true }),
  );
  const plain = await rollout();
  assert.deepEqual(scaled.episode["dmp/weights"], plain.episode["dmp/weights"]);
  assert.notDeepEqual(scaled.step["action"], plain.step["action"]);
  assert.equal(Number(scaled.episode["dmp/scale_forcing"]!.data[0]), 1);
});

Deno.test("push-t dmp: a goal that moves and an episode that stops short are refused", async () => {
  const table = await rollout();
  const moved = copyTable(table);
  float64(moved.step["info/goal_pose"])[3 * 5 + 1] = 255;
  const [verdict, next] = await validateEpisodes(pushT, moved, { policy: "dmp" });
  const figures = { step: 5, component: 1, found: 255, expected: 256 };
  assert.deepEqual(verdict, {
    candidate: 0,
    accepted: false,
    reason: "goal_pose_differs",
    figures,
  });
  assert.equal(next!.accepted, true);
  const atReset = copyTable(table);
  float64(atReset.episode["reset_info/goal_pose"])[3 + 2] = 0;
  assert.equal((await reasons(pushT, atReset, { policy: "dmp" }))[1], "goal_pose_differs");
  const short = copyTable(table);
  short.episode["planned_steps"]!.data[3] = 99;
  assert.equal((await reasons(pushT, short, { policy: "dmp" }))[3], "wrong_length");
});
