import assert from "node:assert/strict";
import { join } from "node:path";
import { definePipeline, runPipeline, type RunSummary } from "@sluice/sluice";
import { createRandom } from "../../core/random.ts";
import { environmentOf, labelEpisodes, replayEpisode } from "../../sim/mod.ts";
import { openDataset, readShard, shardDirectory } from "../../store/mod.ts";
import { float32 } from "../sim/_tables.ts";
import { stopServices } from "./_services.ts";

/** A poor clone of the expert rolls out; a second training goes on with what the expert says to that. */
const LEARNING = definePipeline({
  name: "learning",
  seed: 4,
  stages: {
    generate: { kind: "generate", environment: "reach", episodes: 6, shard: 4 },
    merge: { kind: "merge", from: "generate" },
    train: { kind: "train", from: "merge", steps: 60, warmup: 5, hidden: [16] },
    rollout: {
      kind: "generate",
      environment: "reach",
      policy: { from: "train", mixture: 0.25, labels: "scripted" },
      episodes: 4,
      shard: 2,
      maxSteps: 60,
      actionNoise: 0.1,
    },
    validate: { kind: "validate", from: "rollout" },
    all: { kind: "merge", from: ["generate", "validate"] },
    again: {
      kind: "train",
      from: "all",
      initFrom: { from: "train" },
      steps: 60,
      warmup: 5,
      hidden: [16],
    },
    evaluate: { kind: "evaluate", from: "again", episodes: 4, shard: 2, maxSteps: 60 },
  },
});

function digestsOf({ stages }: Pick<RunSummary, "stages">) {
  return Object.fromEntries(Object.entries(stages).map(([name, { digest }]) => [name, digest]));
}

Deno.test("a learner rolls out in the pipeline that trains it, labelled by an expert", async (t) => {
  const root = await Deno.makeTempDir({ prefix: "sluice-learner-" });
  const options = { root, keep: true };
  try {
    const { stages } = await runPipeline(LEARNING, options);
    const rollout = join(stages["rollout"]!.path, "../..");
    const shards = await Promise.all(
      [0, 1].map((shard) => readShard(shardDirectory(rollout, shard))),
    );

    await t.step(
      "whose labels are the expert's own actions, and whose replay is exact",
      async () => {
        for (const [at, { schema, table }] of shards.entries()) {
          const environment = environmentOf(schema);
          const labels = await labelEpisodes(environment, table, {
            policy: "scripted",
            randomOf: (episode) => createRandom(4, "rollout/labels", 2 * at + episode),
          });
          assert.deepEqual(float32(table.step["action_label"]), labels);
          const { comparison } = await replayEpisode(environment, table, { episode: 1 });
          assert.equal(comparison.equal, true);
        }
      },
    );

    await t.step("with failures among its episodes, which are data as well", async () => {
      const merged = await openDataset(stages["all"]!.path);
      assert.equal(merged.episodes, 10);
      const failed = shards.flatMap(({ table }) => [...table.episode["success"]!.data]).includes(0);
      assert.ok(failed, "the clone has solved all of them: train it less");
    });

    await t.step("and counts every state at which the expert was asked", () => {
      // 6 episodes of 8 candidates: 2 were dropped, and labelled all the same.
      const started = stages["generate"]!.counts["steps"]!;
      const asked = shards.reduce((sum, { commit }) => sum + commit.counts["steps"]!, 0);
      assert.equal(stages["generate"]!.counts["candidates"], 8);
      assert.equal(stages["rollout"]!.counts["labelled_steps"], asked);
      assert.equal(stages["merge"]!.counts["labelled_steps"], started);
      assert.ok(stages["merge"]!.counts["total_steps"]! < started);
      for (const name of ["all", "again", "evaluate"]) {
        assert.equal(stages[name]!.counts["labelled_steps"], started + asked, name);
      }
    });

    await t.step("and comes to the same bytes in another data root", async () => {
      const other = await Deno.makeTempDir({ prefix: "sluice-learner-" });
      try {
        const again = await runPipeline(LEARNING, { ...options, root: other });
        assert.deepEqual(digestsOf(again), digestsOf({ stages }));
      } finally {
        await stopServices(other);
        await Deno.remove(other, { recursive: true });
      }
    });
  } finally {
    await stopServices(root);
    await Deno.remove(root, { recursive: true });
  }
});
