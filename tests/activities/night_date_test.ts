import assert from "node:assert/strict";
import type { CalendarSpec } from "@temporalio/client";
import { type Daily, nightDate } from "../../activities/night_date.ts";
import { backfillRange, dailySpec, missingDates } from "../../runtime/schedule/schedule_time.ts";
import { freshSeed } from "../../pipelines/fresh_seed.ts";

const TODAY = Temporal.PlainDate.from("2026-11-21");

/** Days on either side of a change of the clock that are looked at. */
const MARGIN = 2;

/** Changes of a time zone's clock over ten years from today on. */
function changesOf(timezone: string): Temporal.ZonedDateTime[] {
  const changes: Temporal.ZonedDateTime[] = [];
  const end = TODAY.add({ years: 10 }).toZonedDateTime(timezone).subtract({ days: MARGIN + 1 });
  let change = TODAY.toZonedDateTime(timezone).getTimeZoneTransition("next");
  while (change !== null && Temporal.ZonedDateTime.compare(change, end) < 0) {
    changes.push(change);
    change = change.getTimeZoneTransition("next");
  }
  return changes;
}

/** Times of day at the edges of what a change skips or shows twice, within it, and at midnight. */
function timesAround(change: Temporal.ZonedDateTime): string[] {
  const edges = [change.subtract({ minutes: 1 }), change].flatMap((edge) =>
    [-29, 0, 30].map((minutes) => edge.toPlainTime().add({ minutes }))
  );
  const times = edges.map((time) => time.toString({ smallestUnit: "minute" }));
  return [...new Set([...times, "00:00", "23:30"])];
}

/** Local times that a schedule has beside its calendar's, or that it leaves out. */
function localTimes(entries: readonly CalendarSpec[]): Temporal.PlainDateTime[] {
  return entries.map((entry) => {
    // As dailySpec() writes them: a month by its name, everything else by a number.
    const { year, month, dayOfMonth, hour, minute } = entry as Record<string, number | string>;
    const day = new Date(`${dayOfMonth} ${month} ${year} ${hour}:${minute} UTC`).toISOString();
    return Temporal.PlainDateTime.from(day.slice(0, -1));
  });
}

/**
 * When a server begins the nights of these dates: wherever the clock shows the calendar's time,
 * both times where it does so twice, and where the schedule says so beside it.
 */
function begun({ time, timezone }: Daily, dates: readonly Temporal.PlainDate[]) {
  const { calendars = [], skip = [] } = dailySpec({ time, timezone }, TODAY);
  const skipped = new Set(localTimes(skip).map(String)), named = Temporal.PlainTime.from(time);
  const locals = dates.map((date) => date.toPlainDateTime(named))
    .filter((local) => !skipped.has(local.toString()));
  const first = dates[0]!, end = dates.at(-1)!.add({ days: 1 });
  const put = localTimes(calendars.slice(1)).filter((local) =>
    Temporal.PlainDate.compare(local, first) >= 0 && Temporal.PlainDate.compare(local, end) < 0
  );
  const moments = [...locals, ...put].flatMap((local) =>
    (["earlier", "later"] as const).map((disambiguation) =>
      local.toZonedDateTime(timezone, { disambiguation })
    ).filter((moment) => moment.toPlainDateTime().equals(local))
  );
  return [...new Set(moments.map((moment) => moment.epochMilliseconds))].toSorted((a, b) => a - b)
    .map((moment) => Temporal.Instant.fromEpochMilliseconds(moment));
}

Deno.test("nightDate() gives each date of ten years one night and one seed in every time zone", () => {
  const seen = new Set<string>();
  let nights = 0;
  for (const timezone of Intl.supportedValuesOf("timeZone")) {
    for (const change of changesOf(timezone)) {
      // Clocks that change alike at one moment are one case.
      const before = change.subtract({ nanoseconds: 1 }).offset;
      const key = `${change.epochMilliseconds} ${before} ${change.offset}`;
      if (seen.has(key)) continue;
      seen.add(key);
      const first = change.toPlainDate().subtract({ days: MARGIN });
      const dates = Array.from({ length: 2 * MARGIN + 1 }, (_, days) => first.add({ days }));
      for (const time of timesAround(change)) {
        const daily = { time, timezone };
        const named = begun(daily, dates).map((moment) => nightDate(daily, moment).toString());
        assert.deepEqual(named, dates.map(String), `${time} ${timezone}`);
        nights += named.length;
      }
    }
  }
  assert.ok(nights > 20_000, `${nights} nights of ${seen.size} changes`);
});

Deno.test("nightDate() has a night put off past midnight on the date that names it", () => {
  for (
    const [timezone, moment] of [
      ["America/Nuuk", "2026-03-29T00:30:00-01:00"],
      ["America/Scoresbysund", "2026-03-29T00:30:00-01:00"],
    ] as const
  ) {
    const daily = { time: "23:30", timezone };
    const nominal = Temporal.Instant.from(moment);
    assert.equal(nightDate(daily, nominal).toString(), "2026-03-28");
    assert.equal(nightDate({ ...daily, time: "00:30" }, nominal).toString(), "2026-03-29");
    // Triggered a minute later: a night of its own moment.
    assert.equal(nightDate(daily, nominal.add({ minutes: 1 })).toString(), "2026-03-29");
    const days = ["2026-03-27", "2026-03-28", "2026-03-29", "2026-03-30"];
    const [from, to] = [days[0]!, days[3]!].map((day) => Temporal.PlainDate.from(day));
    const now = Temporal.Instant.from("2026-11-21T12:00:00Z");
    const { dates } = backfillRange(daily, [from!, to!], now);
    assert.deepEqual(dates, days);
    assert.equal(new Set(dates.map((date) => freshSeed(3, date))).size, days.length);
    const since = Temporal.Instant.from("2026-03-29T00:00:00Z"); // between name and moment
    assert.deepEqual(missingDates(daily, [], [since, nominal]), ["2026-03-28"]);
    assert.deepEqual(missingDates(daily, [nominal], [since, nominal]), []);
  }
});

Deno.test("nightDate() knows the dates of zones, not of UTC, and those that a zone left out", () => {
  for (
    const [moment, timezone, date] of [
      ["2026-11-20T23:30:00Z", "Europe/Berlin", "2026-11-21"],
      ["2026-11-20T17:00:00Z", "Asia/Tokyo", "2026-11-21"],
      ["2026-11-21T04:00:00Z", "America/New_York", "2026-11-20"],
      ["2011-12-30T12:00:00Z", "Pacific/Apia", "2011-12-31"], // after the 29th came the 31st
    ] as const
  ) {
    const daily = { time: "02:00", timezone };
    assert.equal(nightDate(daily, Temporal.Instant.from(moment)).toString(), date, timezone);
  }
  const [from, to] = ["2011-12-29", "2011-12-31"].map((day) => Temporal.PlainDate.from(day));
  const daily = { time: "02:00", timezone: "Pacific/Apia" };
  const now = Temporal.Instant.from("2026-11-21T12:00:00Z");
  assert.deepEqual(backfillRange(daily, [from!, to!], now).dates, ["2011-12-29", "2011-12-31"]);
});
