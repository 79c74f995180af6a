import assert from "node:assert/strict";
import type { EpisodeTable } from "../../../core/episode.ts";
import type { RandomGenerator } from "../../../core/random.ts";
import { InvalidInputError } from "../../../core/errors.ts";
import {
  type EnvironmentDefinition,
  getEnvironment,
  rolloutCandidates,
  type RolloutOptions,
  validateEpisodes,
} from "../../../sim/mod.ts";
import { digestTable, flags, float32 } from "../_tables.ts";

const BASE: RolloutOptions = {
  environment: getEnvironment("reach"),
  policy: "scripted",
  seed: 1,
  stream: "generate",
  first: 0,
  count: 3,
};

Deno.test("rolloutCandidates() gives the columns that the schema names", async () => {
  const options = { randomize: { friction: [0.5, 2] as const }, actionNoise: 0.2 };
  const table = await rolloutCandidates({ ...BASE, ...options });
  const schema = BASE.environment.schema(options);
  assert.deepEqual(Object.keys(table.step), schema.step.map(({ name }) => name));
  assert.deepEqual(Object.keys(table.episode), schema.episode.map(({ name }) => name));
  assert.ok("randomization/friction" in table.episode);
  assert.ok(!("randomization/light_direction" in table.episode));
});

Deno.test("rolloutCandidates() stores the clean action beside the noisy one", async () => {
  const table = await rolloutCandidates({ ...BASE, actionNoise: 0.2 });
  const clean = await rolloutCandidates(BASE);
  const action = float32(table.step["action"]);
  const label = float32(table.step["action_label"]);
  assert.deepEqual(label.slice(0, 4), float32(clean.step["action"]).slice(0, 4));
  assert.ok(action.every((value) => Math.abs(value) <= 1));
  const offsets = Array.from(action, (value, i) => value - label[i]!);
  const deviation = Math.hypot(...offsets) / Math.sqrt(offsets.length);
  assert.ok(deviation > 0.15 && deviation < 0.25, `deviation ${deviation}`);
  assert.equal(clean.step["action_label"], undefined);
  const second = 4 * table.lengths[0]!;
  assert.notDeepEqual(offsets.slice(0, 4), offsets.slice(second, second + 4));
});

Deno.test("rolloutCandidates() begins a policy with memory anew in each episode", async () => {
  const remembering = () => {
    let push = 0, steps = 0;
    const act = () => Float32Array.of(push, steps++ / 100, 0, 0);
    const begin = (random: RandomGenerator) => {
      push = random.uniform();
      steps = 0;
    };
    return Object.assign(act, { begin });
  };
  const options = { ...BASE, maxSteps: 5 };
  const batch = await rolloutCandidates({ ...options, policy: remembering() });
  const alone = await rolloutCandidates({ ...options, policy: remembering(), first: 2, count: 1 });
  const actions = float32(batch.step["action"]);
  assert.deepEqual(float32(alone.step["action"]), actions.slice(2 * 20));
  assert.notEqual(actions[0], actions[20]);
});

Deno.test("rolloutCandidates() cuts episodes at maxSteps", async () => {
  const table = await rolloutCandidates({ ...BASE, maxSteps: 4 });
  assert.deepEqual([...table.lengths], [4, 4, 4]);
  assert.deepEqual([...flags(table.episode["truncated"])], [1, 1, 1]);
  assert.deepEqual([...flags(table.episode["terminated"])], [0, 0, 0]);
});

Deno.test("rolloutCandidates() takes a policy from outside, and rounds and clips its actions", async () => {
  const seen: number[] = [];
  const table = await rolloutCandidates({
    ...BASE,
    maxSteps: 2,
    policy(observation) {
      seen.push(observation.length);
      return Float32Array.of(7, -7, 0.1, 0);
    },
  });
  const action = float32(table.step["action"]);
  assert.deepEqual([...action.slice(0, 4)], [1, -1, Math.fround(0.1), 0]);
  assert.deepEqual(seen, new Array(6).fill(20));
});

Deno.test("rolloutCandidates() refuses a policy that leaves the finite numbers", async () => {
  const policy = () => Float32Array.of(NaN, 0, 0, 0);
  await assert.rejects(rolloutCandidates({ ...BASE, policy }), /Cannot act: .*component 0/);
});

Deno.test("rolloutCandidates() ends an episode that blew up, for validation to refuse", async () => {
  const environment: EnvironmentDefinition = {
    ...BASE.environment,
    async create() {
      const world = await BASE.environment.create();
      const step = world.step.bind(world);
      let steps = 0;
      world.step = (action) => ++steps === 5 ? step(action).fill(NaN) : step(action);
      return world;
    },
  };
  const table = await rolloutCandidates({ ...BASE, environment });
  assert.equal(table.lengths[0], 5);
  const verdicts = await validateEpisodes(BASE.environment, table);
  assert.deepEqual(verdicts.map(({ reason }) => reason), ["not_finite", null, null]);
});

Deno.test("rolloutCandidates() reports progress and stops before the next candidate", async () => {
  const controller = new AbortController();
  const reports: number[] = [];
  const rollout = rolloutCandidates({
    ...BASE,
    signal: controller.signal,
    onProgress({ candidates, steps }) {
      assert.ok(steps >= candidates);
      reports.push(candidates);
      if (candidates === 2) controller.abort(new Error("enough"));
    },
  });
  await assert.rejects(rollout, /enough/);
  assert.deepEqual(reports, [1, 2]);
});

Deno.test("rolloutCandidates() refuses unknown names and counts with what there is", async () => {
  const wrong = async (
    options: Partial<RolloutOptions>,
    message: RegExp,
    type: new (message: string) => Error,
  ) => {
    const error = await rolloutCandidates({ ...BASE, ...options }).catch((error) => error);
    assert.ok(error instanceof type, String(error));
    assert.match(error.message, message);
  };
  await wrong({ policy: "scriptd" }, /did you mean "scripted"/, InvalidInputError);
  await wrong({ randomize: { fricton: true } }, /did you mean "friction"/, InvalidInputError);
  await wrong({ randomize: { friction: [2, 1] } }, /found \[2, 1\]/, InvalidInputError);
  await wrong({ randomize: { light_direction: [0, 1] } }, /expected true/, InvalidInputError);
  await wrong({ count: 0 }, /count/, RangeError);
  await wrong({ maxSteps: 1.5 }, /maxSteps/, RangeError);
  await wrong({ actionNoise: -1 }, /actionNoise/, RangeError);
});

Deno.test("rolloutCandidates() draws what is randomized without moving the start", async () => {
  const [nominal, varied] = await Promise.all([
    rolloutCandidates(BASE),
    rolloutCandidates({ ...BASE, randomize: true }),
  ]);
  assert.notEqual(digestTable(varied), digestTable(nominal));
  assert.deepEqual(varied.episode["start_state"], nominal.episode["start_state"]);
});

/** Reach whose candidate 1 succeeds at its third attempt, and 2 never; each reset is an attempt. */
function reluctantReach(): EnvironmentDefinition {
  const attempts = new Map<number, number>();
  let fails = false;
  return {
    ...BASE.environment,
    async create() {
      const world = await BASE.environment.create();
      const reset = world.reset.bind(world);
      world.reset = (random, candidate = 0) => {
        const attempt = attempts.get(candidate) ?? 0;
        attempts.set(candidate, attempt + 1);
        fails = candidate === 2 || (candidate === 1 && attempt < 2);
        return reset(random, candidate);
      };
      return world;
    },
    createOutcomeFunction() {
      const outcomeOf = BASE.environment.createOutcomeFunction();
      return (observation, action) => {
        const outcome = outcomeOf(observation, action);
        return fails ? { ...outcome, success: false } : outcome;
      };
    },
  };
}

Deno.test("rolloutCandidates() tries an episode again with other draws, and keeps one attempt", async () => {
  const tried = (attempts: RolloutOptions["attempts"], first = 0, count = 3) =>
    rolloutCandidates({ ...BASE, environment: reluctantReach(), first, count, attempts });
  const table = await tried({ most: 4, until: "success" });
  assert.deepEqual(Array.from(table.episode["attempt"]!.data, Number), [0, 2, 3]);
  assert.deepEqual([...flags(table.episode["success"])], [1, 1, 0]);
  const steps = table.lengths.reduce((sum, length) => sum + length, 0);
  assert.equal(table.step["reward"]!.data.length, steps);
  assert.equal(digestTable(await tried({ most: 4, until: "success" })), digestTable(table));

  // The first attempt is what it is without others; a later one has draws of its own.
  const plain = await rolloutCandidates(BASE);
  const target = (
    from: EpisodeTable,
    row: number,
  ) => [...float32(from.step["observation/target_pos"]).slice(3 * row, 3 * row + 3)];
  assert.deepEqual(target(table, 0), target(plain, 0));
  assert.notDeepEqual(target(table, table.lengths[0]!), target(plain, plain.lengths[0]!));
  const alone = await tried({ most: 4, until: "success" }, 1, 1);
  assert.deepEqual(target(alone, 0), target(table, table.lengths[0]!));

  const valid = await tried({ most: 4, until: "valid" });
  assert.deepEqual(Array.from(valid.episode["attempt"]!.data, Number), [0, 0, 0]);
});
