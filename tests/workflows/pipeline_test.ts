import assert from "node:assert/strict";
import { WorkflowFailedError } from "@temporalio/client";
import { ApplicationFailure } from "@temporalio/common";
import { InvalidInputError } from "../../core/errors.ts";
import { pauseSignal, progressQuery, resumeSignal } from "../../workflows/messages.ts";
import { chainOf, startPipeline } from "./_chain.ts";
import { FakeActivities } from "./_fake_activities.ts";
import { TestServer } from "./_temporal.ts";

Deno.test({
  name: "pipeline()",
  // The SDK's native threads outlive a test; the process ends them.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn(t) {
    await using server = await TestServer.start();

    await t.step(
      "commits each stage once, up to the shard that completes the dataset",
      async () => {
        // Of 16 candidates 9 are accepted: the 100th is candidate 177, in shard 22.
        const accepts = (candidate: number) => candidate % 16 < 9;
        const fake = new FakeActivities({ accepts });
        const summary = await server.withWorkers(fake.activities, async (queues) => {
          const handle = await startPipeline(server, queues, chainOf());
          return await handle.result();
        });
        assert.equal(summary.status, "completed");
        for (const stage of ["generate", "validate", "filter"]) {
          assert.equal(fake.commits.get(stage)?.lastShard, 22, stage);
        }
        assert.equal(fake.commits.get("evaluate")?.lastShard, 1);
        assert.deepEqual(Object.keys(summary.stages).sort(), [
          "evaluate",
          "filter",
          "generate",
          "merge",
          "train",
          "validate",
        ]);
        assert.equal(new Set(fake.written).size, fake.written.length);
        assert.equal(fake.closed.length, 1);
      },
    );

    await t.step("runs nothing when every stage is committed", async () => {
      const fake = new FakeActivities();
      await server.withWorkers(fake.activities, async (queues) => {
        await (await startPipeline(server, queues, chainOf())).result();
        const written = fake.written.length;
        const again = await (await startPipeline(server, queues, chainOf())).result();
        assert.equal(fake.written.length, written);
        assert.ok(Object.values(again.stages).every(({ cached }) => cached));
      });
    });

    await t.step("ends with NothingAcceptedError when too few are accepted", async () => {
      const fake = new FakeActivities({ accepts: () => false });
      const failure = await server.withWorkers(fake.activities, async (queues) => {
        const handle = await startPipeline(server, queues, chainOf({ maxAttempts: 3 }));
        return await handle.result().catch((error) => error);
      });
      assert.ok(failure instanceof WorkflowFailedError);
      assert.ok(failure.cause instanceof ApplicationFailure);
      assert.equal(failure.cause.type, "NothingAcceptedError");
      assert.match(failure.cause.message, /unstable \d+/);
      const [closed] = fake.closed;
      assert.equal(closed?.status, "failed");
      assert.equal(closed?.error?.stage, "filter");
      assert.equal(closed?.error?.name, "NothingAcceptedError");
    });

    await t.step(
      "closes the run as failed with the error's own name when a stage fails",
      async () => {
        const fake = new FakeActivities({
          before(name) {
            if (name === "train") throw new InvalidInputError("Cannot train: expected more");
          },
        });
        const failure = await server.withWorkers(fake.activities, async (queues) => {
          return await (await startPipeline(server, queues, chainOf())).result().catch((error) =>
            error
          );
        });
        assert.ok(failure instanceof WorkflowFailedError);
        assert.deepEqual(fake.closed[0]?.error, {
          stage: "train",
          name: "InvalidInputError",
          message: "Cannot train: expected more",
        });
        assert.equal(fake.closed[0]?.stages.length, 4);
      },
    );

    await t.step("closes the run as cancelled when it is cancelled", async () => {
      const begun = Promise.withResolvers<void>(), released = Promise.withResolvers<void>();
      const fake = new FakeActivities({
        async before(name) {
          if (name !== "train") return;
          begun.resolve();
          await released.promise;
        },
      });
      await server.withWorkers(fake.activities, async (queues) => {
        const handle = await startPipeline(server, queues, chainOf());
        await begun.promise;
        await handle.cancel();
        released.resolve();
        await assert.rejects(handle.result(), WorkflowFailedError);
        assert.equal((await handle.describe()).status.name, "CANCELLED");
      });
      assert.deepEqual(fake.closed.map(({ status, error }) => ({ status, error })), [
        { status: "cancelled", error: null },
      ]);
    });

    await t.step("begins nothing new while it is paused", async () => {
      const first = Promise.withResolvers<void>(), released = Promise.withResolvers<void>();
      const fake = new FakeActivities({
        async before(name) {
          if (name !== "generate") return;
          first.resolve();
          await released.promise;
        },
      });
      await server.withWorkers(fake.activities, async (queues) => {
        const handle = await startPipeline(server, queues, chainOf());
        await first.promise;
        await handle.signal(pauseSignal);
        assert.ok((await handle.query(progressQuery)).paused);
        released.resolve();
        await handle.signal(resumeSignal);
        const summary = await handle.result();
        assert.equal(summary.status, "completed");
        const progress = await handle.query(progressQuery);
        assert.deepEqual(progress.stages.map(({ state }) => state), Array(6).fill("completed"));
      });
    });
  },
});
