import assert from "node:assert/strict";
import type { EpisodeTable } from "../../../core/episode.ts";
import { createRandom } from "../../../core/random.ts";
import {
  getEnvironment,
  labelEpisodes,
  replayEpisode,
  rolloutCandidates,
  type RolloutOptions,
  validateEpisodes,
} from "../../../sim/mod.ts";
import { digestTable, float32, takeEpisode } from "../_tables.ts";

const ACTION = 4;

/** A learner that moves on, but never as the expert would. */
const LEARNER: RolloutOptions = {
  environment: getEnvironment("pick_place"),
  policy: (observation) => Float32Array.of(0.3, -0.2, 0.5 * Math.sin(observation[0]! * 50), 1),
  labels: "scripted",
  seed: 1,
  stream: "rollout",
  first: 3,
  count: 3,
  maxSteps: 40,
};

/** Rows of a table, one action each. */
function actionsOf(table: EpisodeTable, field: string): string[] {
  const data = float32(table.step[field]);
  return Array.from(
    { length: data.length / ACTION },
    (_, row) => data.slice(row * ACTION, (row + 1) * ACTION).join(),
  );
}

for (const name of ["reach", "pick_place"]) {
  Deno.test(`rolloutCandidates() labels states of a learner as the expert of ${name} would`, async () => {
    const environment = getEnvironment(name);
    for (const more of [{}, { mixture: 0.4 }, { mixture: 0.2, actionNoise: 0.15 }]) {
      const table = await rolloutCandidates({ ...LEARNER, environment, ...more });
      // The expert, asked again in a simulation of the stored actions.
      const asked = await labelEpisodes(environment, table, {
        policy: "scripted",
        randomOf: (episode) => createRandom(1, "rollout/labels", 3 + episode),
      });
      assert.deepEqual(float32(table.step["action_label"]), asked);
      assert.notDeepEqual(float32(table.step["action"]), asked);
    }
  });
}

Deno.test("rolloutCandidates() lets the expert act at so many of the steps as the mixture says", async () => {
  const rollout = (mixture: number) =>
    rolloutCandidates({ ...LEARNER, mixture, count: 20, maxSteps: 100 });
  const none = await rollout(0), all = await rollout(1), some = await rollout(0.3);
  const { labels: _, ...alone } = LEARNER;
  const learner = await rolloutCandidates({ ...alone, count: 20, maxSteps: 100 });
  assert.deepEqual(actionsOf(none, "action"), actionsOf(learner, "action"));
  assert.deepEqual(actionsOf(all, "action"), actionsOf(all, "action_label"));
  const labels = actionsOf(some, "action_label");
  const byExpert = actionsOf(some, "action").map((action, row) => action === labels[row]);
  const share = byExpert.filter(Boolean).length / byExpert.length;
  // 5 standard deviations of as many independent draws.
  assert.ok(Math.abs(share - 0.3) < 5 * Math.sqrt(0.21 / byExpert.length), `${share}`);
  // Drawn at every step, not once an episode: the expert acts again after it did in as many.
  const again = byExpert.filter((acted, row) => acted && byExpert[row + 1]).length;
  const repeated = again / byExpert.filter(Boolean).length;
  assert.ok(Math.abs(repeated - 0.3) < 0.1, `${repeated}`);
});

Deno.test("rolloutCandidates() with an expert comes to the same bytes alone and in any batch", async () => {
  const options = { ...LEARNER, mixture: 0.5, actionNoise: 0.1 };
  const batch = await rolloutCandidates(options);
  const alone = await rolloutCandidates({ ...options, first: 4, count: 1 });
  assert.equal(digestTable(takeEpisode(batch, 1)), digestTable(alone));
  const schema = LEARNER.environment.schema({ labels: "scripted" });
  const names = schema.step.map(({ name }) => name);
  assert.deepEqual(Object.keys(batch.step), names);
});

Deno.test("episodes of a learner with an expert are valid, and replayed to the bit", async () => {
  const { environment } = LEARNER;
  const table = await rolloutCandidates({ ...LEARNER, mixture: 0.5, actionNoise: 0.1 });
  const verdicts = await validateEpisodes(environment, table, {
    labels: "scripted",
    actionNoise: 0.1,
    maxSteps: 40,
  });
  assert.deepEqual(verdicts.map(({ reason }) => reason), [null, null, null]);
  const { comparison } = await replayEpisode(environment, table, { episode: 2 });
  assert.equal(comparison.equal, true);
});

Deno.test("rolloutCandidates() refuses a mixture that is no probability, and an unknown expert", async () => {
  for (const mixture of [-0.1, 1.1, NaN]) {
    await assert.rejects(rolloutCandidates({ ...LEARNER, mixture }), /a mixture in \[0, 1\]/);
  }
  await assert.rejects(rolloutCandidates({ ...LEARNER, labels: "plannr" }), {
    name: "InvalidInputError",
  });
});
