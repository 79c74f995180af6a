import assert from "node:assert/strict";
import { openRoot, rootNames } from "../../runtime/data/root_identity.ts";
import { takeOverEarlierRuns } from "../../runtime/run/earlier_runs.ts";
import { listRunsUnderWay } from "../../runtime/run/runs_under_way.ts";
import { nightlyQueue, workflowIdsOf } from "../../runtime/run/run_identity.ts";
import { adoptSchedules } from "../../runtime/schedule/adopt_schedules.ts";
import { Schedules } from "../../runtime/schedule/schedule_client.ts";
import { createCompileContext } from "../../runtime/prepare/compile_context.ts";
import { openRun } from "../../activities/run.ts";
import { compilePipeline } from "../../pipelines/mod.ts";
import { readRun } from "../../store/mod.ts";
import { FakeActivities } from "./_fake_activities.ts";
import {
  BUILD,
  DECLARATION,
  endedNights,
  inputOf,
  OLD_BUILD,
  startRun,
  TODAY,
  until,
  withBuild,
} from "./_nights.ts";
import { TestServer } from "./_temporal.ts";

Deno.test({
  name: "runs and schedules of a data directory from before it had an id",
  // The SDK's native threads outlive a test; the process ends them.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn(t) {
    await using server = await TestServer.start();
    const { root, client, address } = server;
    const plan = compilePipeline(DECLARATION, await createCompileContext(root, DECLARATION));
    // By the path, as earlier versions had it.
    const { workflowId, firstExecutionRunId } = await startRun(server, OLD_BUILD);
    const { directory } = await openRun(
      { workflowId, firstExecutionRunId, plan, build: OLD_BUILD, rerun: false },
      { root },
    );
    await new Schedules(root, address, client).create(inputOf("nights"), TODAY);
    const [path] = rootNames(root);
    await openRoot(root, { environment: {}, onNote: () => {} });

    await t.step("are found", async () => {
      assert.equal(rootNames(root)[1], path);
      const [run] = await listRunsUnderWay(client, root);
      assert.deepEqual([run?.workflowId, run?.place?.directory], [workflowId, directory]);
      assert.equal(workflowIdsOf(plan, root, false)[1], workflowId);
    });

    await t.step("a schedule moves to the new queue with its nights", async () => {
      // The server lists a new schedule a moment later.
      await until(() => Array.fromAsync(client.schedule.list()), ({ length }) => length === 1);
      await adoptSchedules(client, root, address);
      const schedules = new Schedules(root, address, client);
      assert.deepEqual(await schedules.names(), ["nights"]);
      await assert.rejects(schedules.create(inputOf("nights"), TODAY), {
        message: /expected a new name, found a schedule of that name/,
      });
      const description = await schedules.describe("nights");
      assert.equal(description.action.taskQueue, nightlyQueue(root));
      assert.equal(schedules.inputOf(description).schedule, "nights");
      await withBuild(server, BUILD, {
        fake: new FakeActivities(),
        async use() {
          await schedules.trigger("nights");
          const [night] = await endedNights(schedules, "nights", 1);
          assert.equal(night?.status, "completed");
          assert.equal(night?.record?.workflowId, workflowIdsOf(plan, root, false)[0]);
        },
      });
    });

    await t.step(
      "a run is closed, and the same pipeline continues from what it committed",
      async () => {
        const notes: string[] = [];
        const request = { root, plan, build: BUILD, rerun: false };
        await takeOverEarlierRuns(client, request, (text) => notes.push(text));
        assert.deepEqual(notes, [
          "Continuing from night-data/1, which an earlier version left open",
        ]);
        assert.equal((await readRun(root, directory))?.["status"], "cancelled");
        assert.deepEqual(await listRunsUnderWay(client, root), []);
        await takeOverEarlierRuns(client, request, () => assert.fail("it is closed already"));
      },
    );
  },
});
