import assert from "node:assert/strict";
import type { EpisodeTable } from "../../../core/episode.ts";
import { getEnvironment, rolloutCandidates, validateEpisodes } from "../../../sim/mod.ts";
import { copyTable } from "../_tables.ts";

const environment = getEnvironment("reach");
const options = { randomize: true, actionNoise: 0.1 };
const sound = await rolloutCandidates({
  environment,
  policy: "scripted",
  seed: 2,
  stream: "generate",
  first: 10,
  count: 3,
  ...options,
});
/** First row of the second episode. */
const second = sound.lengths[0]!;

/** Verdicts of a table in which one thing is spoilt. */
function validateSpoilt(spoil: (table: EpisodeTable) => void) {
  const table = copyTable(sound);
  spoil(table);
  return validateEpisodes(environment, table, options);
}

/** Sets a number of a step column. */
function set(name: string, index: number, value: number) {
  return ({ step }: EpisodeTable) => step[name]!.data[index] = value;
}

Deno.test("validateEpisodes() accepts what a rollout records", async () => {
  assert.deepEqual(
    await validateEpisodes(environment, sound, options),
    [10, 11, 12].map((candidate) => ({ candidate, accepted: true, reason: null, figures: {} })),
  );
});

Deno.test("validateEpisodes() names what is wrong with one episode, and only that one", async () => {
  const cases: readonly [reason: string, spoil: (table: EpisodeTable) => void][] = [
    ["not_finite", set("observation/ee_pos", 3 * second + 4, NaN)],
    ["outside_space", set("action", 4 * second + 1, 1.5)],
    ["outside_space", set("observation/joint_pos", 7 * second, 3.1)],
    ["start_state_differs", set("observation/joint_pos", 7 * second, 0.123)],
    ["start_state_differs", ({ episode }) => {
      const { data } = episode["start_state"]!;
      data[environment.stateSize + 3] = 0.2;
    }],
    ["reward_differs", set("reward", second + 1, 0.5)],
    ["outcome_differs", ({ episode }) => episode["success"]!.data[1] = 0],
    ["outcome_differs", ({ episode }) => episode["return"]!.data[1] = 0.25],
    ["wrong_length", ({ episode }) => episode["truncated"]!.data[1] = 1],
    ["wrong_length", ({ episode }) => episode["terminated"]!.data[1] = 0],
    ["not_finite", ({ episode }) => episode["randomization/friction"]!.data[1] = Infinity],
    ["outside_space", ({ episode }) => episode["randomization/friction"]!.data[1] = 2],
  ];
  for (const [reason, spoil] of cases) {
    const verdicts = await validateSpoilt(spoil);
    assert.deepEqual(verdicts.map((verdict) => verdict.reason), [null, reason, null]);
    assert.equal(verdicts[1]!.accepted, false);
    for (const figure of Object.values(verdicts[1]!.figures)) assert.equal(typeof figure, "number");
  }
});

Deno.test("validateEpisodes() refuses every episode of a table of another shape", async () => {
  const verdicts = await validateSpoilt(({ step }) => {
    const columns: Record<string, unknown> = step;
    columns["reward"] = { dtype: "float64", shape: [], data: new Float64Array(1) };
  });
  assert.deepEqual(verdicts.map(({ candidate }) => candidate), [10, 11, 12]);
  assert.ok(verdicts.every(({ reason }) => reason === "wrong_shape"));
  const absent = await validateEpisodes(environment, sound, { ...options, randomize: false });
  assert.ok(absent.every(({ accepted }) => accepted), "columns beyond the schema do no harm");
});

Deno.test("validateEpisodes() takes the length of truncated episodes from maxSteps", async () => {
  const short = await rolloutCandidates({
    environment,
    policy: "random",
    seed: 2,
    stream: "generate",
    first: 0,
    count: 1,
    maxSteps: 5,
  });
  const reasons = async (maxSteps: number) =>
    (await validateEpisodes(environment, short, { maxSteps })).map(({ reason }) => reason);
  assert.deepEqual(await reasons(5), [null]);
  assert.deepEqual(await reasons(6), ["wrong_length"]);
  assert.deepEqual(await reasons(4), ["wrong_length"]);
});
