import assert from "node:assert/strict";
import type { QuarantinedShard } from "../../core/quarantine.ts";
import { definePipeline, type PipelineDeclaration } from "../../pipelines/mod.ts";
import { progressQuery } from "../../workflows/messages.ts";
import { areTooMany } from "../../workflows/quarantine.ts";
import { emptyLedger, ShardLedger } from "../../workflows/shard_ledger.ts";
import { startPipeline } from "./_chain.ts";
import { FakeActivities, REASON } from "./_fake_activities.ts";
import { TestServer } from "./_temporal.ts";

/** A chain of shards of 4 candidates that are all accepted. */
function chainOf(episodes: number, quarantine?: "fail" | "skip"): PipelineDeclaration {
  const skips = quarantine === undefined ? {} : { quarantine };
  return definePipeline({
    name: "chain",
    stages: {
      generate: { kind: "generate", environment: "reach", episodes, shard: 4, ...skips },
      validate: { kind: "validate", from: "generate" },
      filter: { kind: "filter", from: "validate" },
    },
  });
}

function shardOf(activity: string): QuarantinedShard {
  const [kind, shard] = activity.split(" ");
  return { shard: Number(shard), kind: kind!, reason: REASON };
}

Deno.test({
  name: "pipeline() and shards that end their workers",
  // The SDK's native threads outlive a test; the process ends them.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn(t) {
    await using server = await TestServer.start();
    const run = (fake: FakeActivities, declaration: PipelineDeclaration) =>
      server.withWorkers(fake.activities, async (queues) => {
        const handle = await startPipeline(server, queues, declaration);
        const result = await handle.result().catch(() => null);
        return { result, progress: await handle.query(progressQuery) };
      });

    await t.step(
      "draws others in their place, and every later stage goes without them",
      async () => {
        const quarantined = ["generate 0", "validate 2", "filter 5"];
        const fake = new FakeActivities({ quarantines: quarantined });
        const { result, progress } = await run(fake, chainOf(32, "skip"));
        assert.equal(result?.status, "completed");
        const known = { generate: 1, validate: 2, filter: 3 };
        for (const [stage, count] of Object.entries(known)) {
          const commit = fake.commits.get(stage);
          assert.equal(commit?.lastShard, 10, stage); // the eighth that is there
          assert.deepEqual(commit?.quarantined, quarantined.slice(0, count).map(shardOf), stage);
        }
        assert.deepEqual(progress.stages.map(({ quarantined }) => quarantined), [1, 2, 3]);
        assert.equal(fake.written.includes("validate 0"), false);
        assert.equal(fake.written.includes("filter 2"), false);
      },
    );

    await t.step("fails where the declaration does not say otherwise", async () => {
      for (const quarantine of [undefined, "fail"] as const) {
        const fake = new FakeActivities({ quarantines: ["generate 1"] });
        assert.equal((await run(fake, chainOf(32, quarantine))).result, null);
        assert.equal(fake.closed[0]?.error?.name, "QuarantinedShardError");
        assert.match(fake.closed[0]!.error!.message, /Cannot compute a shard/);
      }
    });

    await t.step("fails where too many do", async () => {
      const fake = new FakeActivities({
        quarantines: Array.from({ length: 50 }, (_, i) => `validate ${2 * i}`),
      });
      assert.equal((await run(fake, chainOf(400, "skip"))).result, null);
      const { error } = fake.closed[0]!;
      assert.deepEqual([error?.stage, error?.name], ["validate", "QuarantinedShardError"]);
      assert.match(error!.message, /Cannot go on without \d+ of \d+ shards .*\d+ \(validate\)/);
    });

    await t.step("are known to the stage where a range of many found them", async () => {
      const fake = new FakeActivities({ slots: 20, quarantines: ["generate 203"] });
      const { result } = await run(fake, chainOf(820, "skip"));
      assert.equal(result?.status, "completed");
      for (const stage of ["generate", "validate", "filter"]) {
        const commit = fake.commits.get(stage);
        assert.deepEqual(commit?.quarantined, [shardOf("generate 203")], stage);
        assert.equal(commit?.lastShard, 205, stage);
      }
    });
  },
});

Deno.test("ShardLedger.skip() counts a shard as done once, and is carried over", () => {
  const shard = shardOf("generate 1");
  const ledger = new ShardLedger(emptyLedger(3, { ready: true, lastShard: 2 }), null);
  assert.equal(ledger.skip(shard), true);
  assert.equal(ledger.skip(shard), false);
  assert.equal(ledger.shardsDone, 1);
  const next = new ShardLedger(ledger.state, null);
  assert.deepEqual(next.quarantined, [shard]);
  assert.equal(next.skip(shard), false);
  next.stop(0); // what comes after the last shard is needed no more
  assert.deepEqual(next.quarantined, []);
});

Deno.test("areTooMany() allows 8 shards, or fewer than one in a hundred", () => {
  assert.deepEqual([8, 9].map((count) => areTooMany(count, 100)), [false, true]);
  assert.deepEqual([99, 100].map((count) => areTooMany(count, 10_000)), [false, true]);
});
