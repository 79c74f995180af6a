import assert from "node:assert/strict";
import { definePipeline, type PipelineDeclaration } from "../../pipelines/mod.ts";
import { progressQuery } from "../../workflows/messages.ts";
import { startPipeline } from "./_chain.ts";
import { FakeActivities } from "./_fake_activities.ts";
import { TestServer } from "./_temporal.ts";

/** A chain of shards of one candidate. */
function chainOf(episodes: number): PipelineDeclaration {
  return definePipeline({
    name: "many",
    stages: {
      generate: { kind: "generate", environment: "reach", policy: "random", episodes, shard: 1 },
      validate: { kind: "validate", from: "generate" },
      filter: { kind: "filter", from: "validate" },
    },
  });
}

/** Lengths of the histories of a run. */
async function historiesOf(server: TestServer, id: string): Promise<Map<string, number>> {
  const lengths = new Map<string, number>();
  for await (const { workflowId, runId } of server.client.workflow.list()) {
    if (!workflowId.startsWith(id)) continue;
    const { historyLength } = await server.client.workflow.getHandle(workflowId, runId).describe();
    lengths.set(workflowId.slice(id.length), historyLength);
  }
  return lengths;
}

Deno.test({
  name: "shardedStage() with many shards",
  // The SDK's native threads outlive a test; the process ends them.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn(t) {
    await using server = await TestServer.start();

    await t.step("has as many in progress as workers have slots", async () => {
      const slots = 40, all = Promise.withResolvers<void>();
      let underWay = 0, most = 0;
      const fake = new FakeActivities({
        slots,
        async before(name) {
          if (name !== "generate") return;
          most = Math.max(most, ++underWay);
          if (underWay === slots) all.resolve();
          await all.promise; // it would wait for ever with a window of 16
          underWay--;
        },
      });
      await server.withWorkers(fake.activities, async (queues) => {
        const handle = await startPipeline(server, queues, chainOf(slots));
        assert.equal((await handle.result()).status, "completed");
      });
      assert.equal(most, slots);
    });

    await t.step("hands them to ranges, each once, with short histories", async () => {
      const shards = 450, fake = new FakeActivities({ slots: 20 });
      await server.withWorkers(fake.activities, async (queues) => {
        const handle = await startPipeline(server, queues, chainOf(shards));
        const summary = await handle.result();
        assert.equal(summary.stages["filter"]?.counts["shards"], shards);
        assert.equal(new Set(fake.written).size, fake.written.length);
        assert.equal(fake.written.length, 3 * shards);
        const lengths = await historiesOf(server, handle.workflowId);
        assert.ok([...lengths.keys()].some((id) => /^\/generate\/shards-\d+$/.test(id)));
        for (const [id, length] of lengths) assert.ok(length < 3000, `${id}: ${length}`);
        const { stages } = await handle.query(progressQuery);
        assert.deepEqual(stages.map(({ candidates }) => candidates), Array(3).fill(shards));
      });
    });

    await t.step("grows by the activities of what is new", async () => {
      // A tenth of what `deno task bench window` measures.
      const stored = 3125, added = 4, fake = new FakeActivities({ slots: 100 });
      fake.store(chainOf(stored), stored);
      await server.withWorkers(fake.activities, async (queues) => {
        const handle = await startPipeline(server, queues, chainOf(stored + added));
        const summary = await handle.result();
        assert.equal(summary.stages["filter"]?.counts["shards"], stored + added);
      });
      assert.equal(fake.written.length, 3 * added);
      for (const kind of ["generate", "validate", "filter"]) {
        assert.equal(fake.calls.get(kind), added, kind);
      }
      assert.ok(fake.calls.get("findShards")! <= 6, `${fake.calls.get("findShards")}`);
    });

    await t.step("computes a straggler a second time where slots have nothing to do", async () => {
      const copied = Promise.withResolvers<void>();
      let attempts = 0;
      const fake = new FakeActivities({
        slots: 40,
        async before(name, task) {
          if (name !== "generate" || !("shard" in task) || task.shard !== 3) return;
          // The first copy ends when the second has begun.
          if (++attempts === 2) copied.resolve();
          await copied.promise;
        },
      });
      await server.withWorkers(fake.activities, async (queues) => {
        const handle = await startPipeline(server, queues, chainOf(24));
        assert.equal((await handle.result()).status, "completed");
      });
      assert.equal(attempts, 2);
    });
  },
});
