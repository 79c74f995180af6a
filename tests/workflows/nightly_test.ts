import assert from "node:assert/strict";
import { join } from "node:path";
import type { ScheduleDescription } from "@temporalio/client";
import { type Daily, nightDate } from "../../activities/night_date.ts";
import { storeFailureCommand } from "../../runtime/schedule/failure_command.ts";
import { type Night, Schedules } from "../../runtime/schedule/schedule_client.ts";
import { backfillRange, dailySpec } from "../../runtime/schedule/schedule_time.ts";
import { InvalidInputError } from "../../core/errors.ts";
import { freshSeed } from "../../pipelines/fresh_seed.ts";
import { FakeActivities, type FakeOptions } from "./_fake_activities.ts";
import {
  BUILD,
  endedNights,
  inputOf,
  OLD_BUILD,
  startRun,
  TODAY,
  until,
  withBuild,
  withNights,
} from "./_nights.ts";
import { TestServer } from "./_temporal.ts";

const NOW = Temporal.Instant.from("2026-11-21T12:00:00Z");

function datesOf(daily: Daily, { info }: ScheduleDescription): string[] {
  return info.nextActionTimes.map((time) =>
    nightDate(daily, Temporal.Instant.from(time.toISOString())).toString()
  );
}

/** A fake whose generate waits until released. */
function heldFake(options: FakeOptions = {}) {
  const begun = Promise.withResolvers<void>(), released = Promise.withResolvers<void>();
  const fake = new FakeActivities({
    ...options,
    async before(name) {
      if (name !== "generate") return;
      begun.resolve();
      await released.promise;
    },
  });
  return { fake, begun: begun.promise, release: released.resolve };
}

function statusesOf(nights: readonly Night[]): string[] {
  return nights.map(({ status }) => status);
}

Deno.test({
  name: "nightly()",
  // The SDK's native threads outlive a test; the process ends them.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn(t) {
    await using server = await TestServer.start();
    const { root, client } = server;
    const schedules = new Schedules(root, server.address, client);

    async function backfill(name: string, from: string, to: string): Promise<void> {
      const { daily, timezone } = schedules.inputOf(await schedules.describe(name));
      const dates = [Temporal.PlainDate.from(from), Temporal.PlainDate.from(to)] as const;
      await schedules.backfill(name, backfillRange({ time: daily, timezone }, dates, NOW));
    }

    await t.step("has one night a date where the clock changes, by the server's word", async () => {
      for (
        const [first, time, timezone] of [
          ["2027-03-26", "02:30", "Europe/Berlin"],
          ["2027-10-29", "02:30", "Europe/Berlin"],
          ["2027-03-25", "23:30", "America/Nuuk"], // the 27th's is put off past midnight
          ["2027-10-28", "23:30", "America/Nuuk"],
          ["2027-11-05", "01:30", "America/New_York"], // which the server has twice on the 7th
        ] as const
      ) {
        const spec = dailySpec({ time, timezone }, TODAY), from = Temporal.PlainDate.from(first);
        const handle = await client.schedule.create({
          scheduleId: crypto.randomUUID(),
          spec: { ...spec, startAt: new Date(from.toZonedDateTime(timezone).epochMilliseconds) },
          action: { type: "startWorkflow", workflowType: "nightly", taskQueue: "nobody" },
        });
        const expected = Array.from({ length: 10 }, (_, days) => from.add({ days }).toString());
        assert.deepEqual(datesOf({ time, timezone }, await handle.describe()), expected);
        await handle.delete();
      }
    });

    await t.step("draws the seed from the nominal date, whenever the night runs", async () => {
      const fake = new FakeActivities();
      await withBuild(server, BUILD, {
        fake,
        async use() {
          await schedules.create(inputOf("fresh", { mode: "fresh" }), TODAY);
          // Both days of change of 2026, and the night before one.
          await backfill("fresh", "2026-03-28", "2026-03-29");
          await backfill("fresh", "2026-10-25", "2026-10-25");
          const nights = await endedNights(schedules, "fresh", 3);
          const dates = ["2026-03-28", "2026-03-29", "2026-10-25"];
          assert.deepEqual(statusesOf(nights), Array(3).fill("completed"));
          assert.deepEqual(nights.map(({ record }) => record?.date), dates);
          assert.deepEqual(
            nights.map(({ record }) => record?.seed),
            dates.map((date) => freshSeed(42, date)),
          );
          await backfill("fresh", "2026-10-25", "2026-10-25");
          const again = await endedNights(schedules, "fresh", 4);
          assert.equal(again.at(-1)?.record?.seed, freshSeed(42, "2026-10-25"));
        },
      });
      const seeds = fake.closed.map(({ plan }) => plan.seed);
      assert.equal(seeds.length, 4);
      assert.equal(new Set(seeds).size, 3);
    });

    await t.step("runs the failure command when a stage fails, and says how it ended", async () => {
      const fake = new FakeActivities({
        before(name) {
          if (name === "merge") throw new InvalidInputError("Cannot merge: expected more");
        },
      });
      const told = join(root, "told");
      await storeFailureCommand(
        root,
        "failing",
        `echo "$SLUICE_SCHEDULE|$SLUICE_RUN|$SLUICE_ERROR_NAME|$SLUICE_ERROR" > ${told}; exit 3`,
      );
      await withBuild(server, BUILD, {
        fake,
        async use() {
          await schedules.create(inputOf("failing"), TODAY);
          await schedules.trigger("failing");
          const [night] = await endedNights(schedules, "failing", 1);
          assert.equal(night?.status, "failed");
          assert.equal(night.record?.directory, "runs/night-data/0001");
          assert.equal(night.record.error, "InvalidInputError: Cannot merge: expected more");
          assert.equal(night.record.commandStatus, 3);
        },
      });
      assert.equal(
        await Deno.readTextFile(told),
        "failing|night-data/0001|InvalidInputError|Cannot merge: expected more\n",
      );
    });

    await t.step("keeps the night's own error when the failure command cannot be run", async () => {
      const fake = new FakeActivities({
        before(name) {
          if (name === "merge") throw new InvalidInputError("Cannot merge: expected more");
        },
      });
      await Deno.writeTextFile(join(root, "schedules", "damaged.json"), "{");
      await withBuild(server, BUILD, {
        fake,
        async use() {
          await schedules.create(inputOf("damaged"), TODAY);
          await schedules.trigger("damaged");
          const [night] = await endedNights(schedules, "damaged", 1);
          assert.equal(night?.record?.error, "InvalidInputError: Cannot merge: expected more");
          assert.equal(night.record.commandStatus, 127);
        },
      });
    });

    await t.step("fails when the code of the night refuses the declaration", async () => {
      const { declaration: whole } = inputOf("outdated"), { merge } = whole.stages;
      const declaration = { ...whole, stages: { merge: merge! } };
      await withBuild(server, BUILD, {
        fake: new FakeActivities(),
        async use() {
          await schedules.create(inputOf("outdated", { declaration }), TODAY);
          await schedules.trigger("outdated");
          const [night] = await endedNights(schedules, "outdated", 1);
          assert.equal(night?.status, "failed");
          assert.match(night.record?.error ?? "", /^InvalidInputError: .*generate/);
          assert.equal(night.record?.commandStatus, null);
        },
      });
    });

    await t.step("waits for a person's run of the same work, and leaves it alone", async () => {
      const { fake, begun, release } = heldFake();
      await withBuild(server, BUILD, {
        fake,
        async use() {
          const run = await startRun(server, BUILD);
          await begun;
          await schedules.create(inputOf("patient"), TODAY);
          await schedules.trigger("patient");
          await until(
            async () => await schedules.nights(await schedules.describe("patient")),
            ([night]) => night?.record?.workflowId === run.workflowId,
          );
          release();
          await run.result();
          const [night] = await endedNights(schedules, "patient", 1);
          assert.equal(night?.status, "completed");
        },
      });
      assert.deepEqual(fake.closed.map(({ status }) => status), ["completed", "completed"]);
    });

    await t.step("takes over a run that other code left open without workers", async () => {
      const left = await startRun(server, OLD_BUILD);
      const fake = new FakeActivities();
      await withBuild(server, BUILD, {
        fake,
        async use() {
          await schedules.create(inputOf("heir"), TODAY);
          await schedules.trigger("heir");
          const [night] = await endedNights(schedules, "heir", 1);
          assert.equal(night?.status, "completed");
        },
      });
      assert.equal(
        (await client.workflow.getHandle(left.workflowId, left.firstExecutionRunId).describe())
          .status.name,
        "TERMINATED",
      );
      assert.deepEqual(fake.closed.map(({ build }) => build), [BUILD]);
    });

    await t.step("goes on with newer code when the code changes under a night", async () => {
      await schedules.create(inputOf("upgraded"), TODAY);
      await withNights(server, OLD_BUILD, async () => {
        await schedules.trigger("upgraded");
        await until(
          async () => await schedules.nights(await schedules.describe("upgraded")),
          ([night]) => night?.record?.workflowId !== undefined && night.record !== null,
        );
      });
      const fake = new FakeActivities();
      await withBuild(server, BUILD, {
        fake,
        async use() {
          const [night] = await endedNights(schedules, "upgraded", 1);
          assert.equal(night?.status, "completed");
        },
      });
      assert.deepEqual(fake.closed.map(({ build }) => build), [BUILD]);
    });

    await t.step("cancels its run when it is cancelled", async () => {
      const { fake, begun, release } = heldFake();
      await withBuild(server, BUILD, {
        fake,
        async use() {
          await schedules.create(inputOf("cancelled"), TODAY);
          await schedules.trigger("cancelled");
          await begun;
          const [night] = await schedules.nights(await schedules.describe("cancelled"));
          await client.workflow.getHandle(night!.id).cancel();
          release();
          assert.deepEqual(statusesOf(await endedNights(schedules, "cancelled", 1)), ["cancelled"]);
        },
      });
      assert.deepEqual(fake.closed.map(({ status }) => status), ["cancelled"]);
    });

    await t.step("names of schedules are one of a kind, unknown ones are refused", async () => {
      await assert.rejects(schedules.create(inputOf("fresh"), TODAY), InvalidInputError);
      await assert.rejects(schedules.describe("frsh"), /did you mean "fresh"/);
      await schedules.delete("fresh");
      await assert.rejects(schedules.pause("fresh", ""), InvalidInputError);
    });
  },
});
