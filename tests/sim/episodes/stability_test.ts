import assert from "node:assert/strict";
import type { EpisodeTable } from "../../../core/episode.ts";
import { InvalidInputError } from "../../../core/errors.ts";
import { checkStability, getEnvironment, rolloutCandidates } from "../../../sim/mod.ts";
import { copyTable, float32 } from "../_tables.ts";

const environment = getEnvironment("reach");
const sound = await rolloutCandidates({
  environment,
  policy: "scripted",
  seed: 4,
  stream: "generate",
  first: 0,
  count: 2,
});
const first = sound.lengths[0]!;

/** The verdict on the second episode, with one number of it changed. */
function verdictOf(change: (table: EpisodeTable) => void) {
  const table = copyTable(sound);
  change(table);
  const [before, changed] = checkStability(environment, table);
  assert.equal(before!.reason, null);
  return changed!;
}

Deno.test("checkStability() accepts scripted and nearly all random episodes", async () => {
  assert.deepEqual(
    checkStability(environment, sound).map(({ accepted, candidate }) => [accepted, candidate]),
    [[true, 0], [true, 1]],
  );
  const random = await rolloutCandidates({
    environment,
    policy: "random",
    seed: 4,
    stream: "generate",
    first: 0,
    count: 20,
  });
  const accepted = checkStability(environment, random).filter(({ accepted }) => accepted);
  assert.ok(accepted.length >= 19);
});

Deno.test("checkStability() names the joint, its value and its limit", () => {
  const position = verdictOf(({ step }) =>
    step["observation/joint_pos"]!.data[7 * first + 10] = -0.05
  );
  assert.equal(position.reason, "joint_limit_exceeded");
  assert.deepEqual(position.figures, {
    step: 1,
    joint: 3,
    found: Math.fround(-0.05),
    low: -3.07,
    high: -0.07,
  });
  const velocity = verdictOf(({ episode }) =>
    episode["final_observation/joint_vel"]!.data[7 + 2] = -3
  );
  assert.equal(velocity.reason, "joint_velocity_exceeded");
  assert.equal(velocity.figures["step"], sound.lengths[1]);
});

Deno.test("checkStability() refuses what is not a number", () => {
  const verdict = verdictOf(({ step }) => step["observation/joint_vel"]!.data[7 * first] = NaN);
  assert.equal(verdict.reason, "joint_velocity_exceeded");
});

Deno.test("checkStability() knows the workspace and whether the arm came to rest", () => {
  const under = verdictOf(({ step }) => step["observation/ee_pos"]!.data[3 * first + 2] = -0.01);
  assert.equal(under.reason, "left_workspace");
  const far = verdictOf(({ step }) => step["observation/ee_pos"]!.data[3 * first] = 1.1);
  assert.equal(far.reason, "left_workspace");
  const jump = verdictOf(({ episode }) => {
    const position = float32(episode["final_observation/ee_pos"]);
    position[5]! += 0.4;
  });
  assert.equal(jump.reason, "not_settled");
});

Deno.test("checkStability() takes other limits and refuses unknown ones", () => {
  const strict = checkStability(environment, sound, { limits: { joint_speed: 0.01 } });
  assert.ok(strict.every(({ reason }) => reason === "joint_velocity_exceeded"));
  assert.throws(
    () => checkStability(environment, sound, { limits: { joint_sped: 1 } }),
    (error) =>
      error instanceof InvalidInputError && /did you mean "joint_speed"/.test(error.message),
  );
});

Deno.test("checkStability() refuses failures only where success is required", () => {
  const table = copyTable(sound);
  table.episode["success"]!.data[1] = 0;
  const reasons = (requireSuccess: boolean) =>
    checkStability(environment, table, { requireSuccess }).map(({ reason }) => reason);
  assert.deepEqual(reasons(false), [null, null]);
  assert.deepEqual(reasons(true), [null, "no_success"]);
});
