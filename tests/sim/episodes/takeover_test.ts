import assert from "node:assert/strict";
import { createRandom } from "../../../core/random.ts";
import { EpisodeView } from "../../../sim/episodes/episode_view.ts";
import {
  type BatchPolicy,
  getEnvironment,
  replayEpisode,
  rolloutCandidates,
  type RolloutOptions,
  validateEpisodes,
} from "../../../sim/mod.ts";
import { digestTable, float32, float64, takeEpisode } from "../_tables.ts";

const TAKEOVER = 25, MAX_STEPS = 120;

/** A learner that circles about the middle, on an engine whose state holds momentum. */
function circling(engine: string): RolloutOptions {
  return {
    environment: getEnvironment("push-t", { engine }),
    policy: ([x = 0, y = 0]) => Float32Array.of(256 + 0.9 * (y - 256), 256 - 0.9 * (x - 256)),
    labels: "planner",
    takeover: TAKEOVER,
    seed: 1,
    stream: "rollout",
    first: 3,
    count: 4,
    maxSteps: MAX_STEPS,
  };
}

for (const engine of ["chipmunk", "rapier2d"]) {
  Deno.test(`rolloutCandidates() records what the expert does from a learner's state on ${engine}`, async () => {
    const options = circling(engine), { environment } = options;
    const table = await rolloutCandidates(options);
    assert.deepEqual(float32(table.step["action_label"]), float32(table.step["action"]));
    for (const [episode, length] of table.lengths.entries()) {
      const view = new EpisodeView(table, episode);
      const candidate = Number(view.episode("candidate")![0]);
      assert.equal(candidate, 3 + episode);
      const success = Number(view.episode("success")![0]) === 1;
      assert.ok(success ? length <= TAKEOVER : length === TAKEOVER, `${length}`);
      // The same learner, alone, comes to the recorded start after the drawn number of steps.
      const rollIn = createRandom(1, "rollout/takeover", candidate).integer(
        MAX_STEPS - TAKEOVER + 1,
      );
      const { labels: _labels, takeover: _takeover, ...alone } = options;
      const learner = new EpisodeView(
        await rolloutCandidates({ ...alone, first: candidate, count: 1 }),
        0,
      );
      assert.ok(learner.length > rollIn, "it was done before: choose another learner");
      const states = learner.states("agent_pos").data;
      assert.deepEqual(
        [...view.states("agent_pos").data.slice(0, 2)],
        [...states.slice(2 * rollIn, 2 * rollIn + 2)],
      );
      // From its exact state, the expert does the same again in another world.
      using world = await environment.create();
      world.restore(float64(takeEpisode(table, episode).episode["start_state"]));
      const expert = environment.createPolicy(
        "planner",
        world,
        createRandom(1, "rollout/labels", candidate),
      );
      const actions = float32(takeEpisode(table, episode).step["action"]);
      let observation = world.observe();
      for (let step = 0; step < length; step++) {
        const action = expert(observation);
        assert.deepEqual([...action], [...actions.slice(2 * step, 2 * step + 2)], `${step}`);
        observation = world.step(action);
      }
    }
  });

  Deno.test(`episodes that an expert took over are valid, and replayed to the bit, on ${engine}`, async () => {
    const options = circling(engine), { environment, labels, takeover } = options;
    for (const actionNoise of [0, 6]) {
      const table = await rolloutCandidates({ ...options, actionNoise });
      const verdicts = await validateEpisodes(environment, table, {
        labels,
        actionNoise,
        maxSteps: MAX_STEPS,
        takeover: takeover!,
      });
      assert.deepEqual(verdicts.map(({ reason }) => reason), [null, null, null, null]);
      const { comparison } = await replayEpisode(environment, table, { episode: 2 });
      assert.equal(comparison.equal, true);
    }
  });
}

/** The same learner in several worlds, with a count of its episodes that are under way. */
function inBatches(worlds: number) {
  const under = new Set<number>();
  const policy: BatchPolicy = {
    worlds,
    act: (requests) =>
      requests.map(({ episode, isFirst, observation: [x = 0, y = 0] }) => {
        assert.equal(under.has(episode), !isFirst);
        under.add(episode);
        return Float32Array.of(256 + 0.9 * (y - 256), 256 - 0.9 * (x - 256));
      }),
    end: (episode) => under.delete(episode),
  };
  return { policy, under };
}

Deno.test("rolloutCandidates() lets an expert take over alike alone, in order and in batches", async () => {
  const options = circling("chipmunk");
  const inOrder = await rolloutCandidates({ ...options, count: 9 });
  const alone = await rolloutCandidates({ ...options, first: 5, count: 1 });
  assert.equal(digestTable(takeEpisode(inOrder, 2)), digestTable(alone));
  for (const worlds of [2, 4]) {
    const { policy, under } = inBatches(worlds);
    const batches = await rolloutCandidates({ ...options, policy, count: 9 });
    assert.equal(digestTable(batches), digestTable(inOrder), `${worlds} worlds`);
    assert.equal(under.size, 0);
  }
});

Deno.test("batches of a learner that is done at once go on as one episode after another does", async () => {
  // At the goal, an episode is over after a step or two.
  const options = { ...circling("chipmunk"), randomize: { start_nearness: [1, 1] as const } };
  const { policy, under } = inBatches(3);
  const batches = await rolloutCandidates({ ...options, policy, count: 6 });
  assert.equal(
    digestTable(batches),
    digestTable(await rolloutCandidates({ ...options, count: 6 })),
  );
  assert.equal(under.size, 0);
});

Deno.test("a learner that is done before the expert takes over goes on in another episode", async () => {
  const environment = getEnvironment("push-t", { engine: "chipmunk" });
  // Starts so near to the goal that the planner, here as the learner, is soon done.
  const options: RolloutOptions = {
    ...circling("chipmunk"),
    environment,
    policy: "planner",
    randomize: { start_nearness: [0.9, 1] },
    count: 12,
  };
  const table = await rolloutCandidates(options);
  assert.ok(table.lengths.every((length) => length >= 1));
  const { labels: _labels, takeover: _takeover, ...alone } = options;
  const learner = await rolloutCandidates(alone);
  const rollIns = Array.from(
    learner.lengths,
    (_, i) => createRandom(1, "rollout/takeover", 3 + i).integer(MAX_STEPS - TAKEOVER + 1),
  );
  const earlier = rollIns.filter((rollIn, i) => learner.lengths[i]! <= rollIn).length;
  assert.ok(earlier >= 2, "no learner is done before: choose nearer starts");
  const verdicts = await validateEpisodes(environment, table, {
    labels: "planner",
    randomize: { start_nearness: [0.9, 1] },
    maxSteps: MAX_STEPS,
    takeover: TAKEOVER,
  });
  assert.ok(verdicts.every(({ accepted }) => accepted), JSON.stringify(verdicts));
});

Deno.test("rolloutCandidates() refuses a takeover without an expert, with a mixture, or too long", async () => {
  const options = circling("chipmunk");
  const { labels: _labels, ...alone } = options;
  await assert.rejects(rolloutCandidates(alone), /expected labels without a mixture/);
  await assert.rejects(
    rolloutCandidates({ ...options, mixture: 0.5 }),
    /expected labels without a mixture/,
  );
  for (const takeover of [0, 121, 1.5, NaN]) {
    await assert.rejects(rolloutCandidates({ ...options, takeover }), /expected 1 to 120 steps/);
  }
});
