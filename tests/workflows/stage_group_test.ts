import assert from "node:assert/strict";
import { WorkflowFailedError } from "@temporalio/client";
import { InvalidInputError } from "../../core/errors.ts";
import type { PipelineDeclaration } from "../../pipelines/mod.ts";
import { pauseSignal, progressQuery, resumeSignal } from "../../workflows/messages.ts";
import { startPipeline } from "./_chain.ts";
import { FakeActivities } from "./_fake_activities.ts";
import { TestServer } from "./_temporal.ts";

/** Two groups of trainings over one dataset, each with its evaluation. */
const VARIANTS = 36;

const DECLARATION: PipelineDeclaration = {
  name: "variants",
  stages: {
    generate: { kind: "generate", environment: "reach", episodes: 8, shard: 8 },
    merge: { kind: "merge", from: "generate" },
    train: {
      kind: "train",
      from: "merge",
      steps: 10,
      matrix: { seed: Array.from({ length: VARIANTS }, (_, seed) => seed) },
    },
    evaluate: { kind: "evaluate", from: "train", episodes: 32 },
  },
};

Deno.test({
  name: "pipeline() carries many variants out in groups",
  // The SDK's native threads outlive a test; the process ends them.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn(t) {
    await using server = await TestServer.start();

    await t.step("each stage once, with histories that do not grow with the matrix", async () => {
      const fake = new FakeActivities();
      await server.withWorkers(fake.activities, async (queues) => {
        const handle = await startPipeline(server, queues, DECLARATION);
        const summary = await handle.result();
        assert.equal(summary.status, "completed");
        assert.equal(Object.keys(summary.stages).length, 2 + 2 * VARIANTS);
        assert.equal(new Set(fake.written).size, fake.written.length);
        const { stages, groups } = await handle.query(progressQuery);
        assert.deepEqual(groups, []);
        assert.ok(stages.every(({ state }) => state === "completed"));
        assert.ok((await handle.describe()).historyLength < 200);
        for (const group of ["train[1..32]", "train[33..36]"]) {
          const { historyLength, status } = await server.client.workflow
            .getHandle(`${handle.workflowId}/${group}`).describe();
          assert.equal(status.name, "COMPLETED");
          assert.ok(historyLength < 32 * 60, `${group} has ${historyLength} events`);
        }
      });
    });

    await t.step("the failed variant is named, and the others are cancelled", async () => {
      const fake = new FakeActivities({
        before(name, { stage }) {
          if (name !== "train" || stage.name !== "train[seed=35]") return;
          throw new InvalidInputError("Cannot train: expected more");
        },
      });
      await server.withWorkers(fake.activities, async (queues) => {
        const handle = await startPipeline(server, queues, DECLARATION);
        await assert.rejects(handle.result(), WorkflowFailedError);
      });
      assert.deepEqual(fake.closed[0]?.error, {
        stage: "train[seed=35]",
        name: "InvalidInputError",
        message: "Cannot train: expected more",
      });
    });

    await t.step("a pause reaches the stages of groups", async () => {
      const begun = Promise.withResolvers<void>(), released = Promise.withResolvers<void>();
      const fake = new FakeActivities({
        async before(name) {
          if (name !== "train") return;
          begun.resolve();
          await released.promise;
        },
      });
      await server.withWorkers(fake.activities, async (queues) => {
        const handle = await startPipeline(server, queues, DECLARATION);
        await begun.promise;
        await handle.signal(pauseSignal);
        assert.equal((await handle.query(progressQuery)).paused, true);
        const group = server.client.workflow.getHandle(`${handle.workflowId}/train[1..32]`);
        while (!(await group.query(progressQuery)).paused);
        released.resolve();
        await handle.signal(resumeSignal);
        assert.equal((await handle.result()).status, "completed");
      });
    });
  },
});
