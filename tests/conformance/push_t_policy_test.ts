import assert from "node:assert/strict";
import { runInBoth } from "../../bench/push_t/_gym_pusht.ts";
import { tableSource } from "../../runtime/data/table_source.ts";
import type { EpisodeSource } from "../../core/episode.ts";
import { trainModel } from "../../learn/mod.ts";
import { PUSH_T_BODY } from "../../pipelines/shipped/pusht_policy.ts";
import { getEnvironment, rolloutCandidates } from "../../sim/mod.ts";
import { pythonEnvironment } from "../../tools/python_env.ts";

/** Some demonstrations of the planner. */
async function demonstrations(): Promise<EpisodeSource> {
  const environment = getEnvironment("push-t", { engine: "chipmunk" });
  const table = await rolloutCandidates({
    environment,
    policy: "planner",
    seed: 1,
    stream: "demonstrations",
    first: 0,
    count: 8,
  });
  const source = tableSource(environment.schema(), table);
  const action = { mean: [256, 256], std: [80, 80], min: [0, 0], max: [512, 512] };
  return { ...source, statistics: { action } };
}

const { python, reason } = await pythonEnvironment("tests");
Deno.test({
  name: `a chunk policy does in gym-pusht what it does on chipmunk${
    reason === null ? "" : ` (skipped: ${reason})`
  }`,
  ignore: python === null,
  fn: async () => {
    const { policy } = await trainModel({
      model: "chunk-flow",
      parameters: {
        steps: 150,
        batch: 128,
        lr: 3e-3,
        hidden: [64, 64],
        body: PUSH_T_BODY,
      },
      seed: 1,
      stream: "train",
      source: await demonstrations(),
      checkpointEvery: 1000,
      validateEvery: 1000,
    });
    const options = { python: python!, seed: 2, stream: "both", count: 5, maxSteps: 100 };
    const pairs = await runInBoth(policy, options);
    assert.ok(pairs.some(({ maxCoverage }) => maxCoverage > 0.05), "none came near the block");
    for (const { success, gym } of pairs) assert.equal(gym.success, success);
    const same = pairs.filter(({ gym: { differs } }) => differs === null);
    assert.ok(same.length >= 4, JSON.stringify(pairs)); // contacts amplify what sums round away
  },
});
