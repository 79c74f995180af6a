import assert from "node:assert/strict";
import { InvalidInputError } from "../../../core/errors.ts";
import { createRandom } from "../../../core/random.ts";
import {
  backfillRange,
  dailySpec,
  formatLocal,
  missingDates,
  parseDate,
  parseTime,
  parseTimezone,
} from "../../../runtime/schedule/schedule_time.ts";

const BERLIN = { time: "02:30", timezone: "Europe/Berlin" };
const NOW = Temporal.Instant.from("2026-11-21T12:00:00Z");

function day(text: string): Temporal.PlainDate {
  return Temporal.PlainDate.from(text);
}

Deno.test("parseTime() reads times of day and refuses everything else", () => {
  assert.equal(parseTime("02:00"), "02:00");
  assert.equal(parseTime("2:05"), "02:05");
  assert.equal(parseTime("23:59"), "23:59");
  for (const text of ["25:00", "24:00", "02:60", "2", "02:00:00", "-1:00", "2am", "002:00", " "]) {
    assert.throws(() => parseTime(text), InvalidInputError, text);
  }
});

Deno.test("parseTimezone() knows IANA names, and this machine's zone where none is given", () => {
  assert.equal(parseTimezone("Europe/Berlin"), "Europe/Berlin");
  assert.equal(parseTimezone("europe/berlin"), "Europe/Berlin");
  assert.equal(parseTimezone("Asia/Kathmandu"), "Asia/Kathmandu");
  assert.equal(parseTimezone(undefined), Intl.DateTimeFormat().resolvedOptions().timeZone);
  for (const text of ["Mars/Phobos", "+01:00", "-05", "", "../etc/passwd"]) {
    assert.throws(() => parseTimezone(text), InvalidInputError, text);
  }
  assert.throws(() => parseTimezone("Europe/Berln"), /did you mean "Europe\/Berlin"\?/);
});

Deno.test("parseDate() reads dates of the calendar and names its flag otherwise", () => {
  assert.equal(parseDate("from", "2028-02-29").toString(), "2028-02-29");
  for (const text of ["2026-02-29", "2026-13-01", "yesterday", "2026-1-1", undefined]) {
    assert.throws(() => parseDate("from", text), /Cannot read --from: expected a date/);
  }
});

Deno.test("dailySpec() puts in the nights in which the clock skips the time or shows it twice", () => {
  const { calendars = [], skip = [] } = dailySpec(BERLIN, day("2026-11-21"));
  const [every, ...put] = calendars;
  assert.deepEqual(every, { hour: 2, minute: 30 });
  assert.equal(put.length, 22); // two a year, from the year before on
  const march = { year: 2027, month: "MARCH", dayOfMonth: 28, minute: 30 };
  const comment = "02:30 is skipped or repeated when the clock changes";
  assert.deepEqual(put[2], { ...march, hour: 3, comment });
  assert.deepEqual(skip[2], { ...march, hour: 2 });
  const october = { year: 2027, month: "OCTOBER", dayOfMonth: 31, minute: 30 };
  assert.deepEqual(put[3], { ...october, hour: 3, comment });
  assert.deepEqual(skip[3], { ...october, hour: 2 });
});

Deno.test("dailySpec() has one entry where the clock never skips the time", () => {
  for (const daily of [{ ...BERLIN, time: "04:00" }, { ...BERLIN, timezone: "Asia/Tokyo" }]) {
    assert.equal(dailySpec(daily, day("2026-11-21")).calendars?.length, 1);
  }
});

Deno.test("backfillRange() covers each date once, the days of change too", () => {
  const zones = ["Europe/Berlin", "America/New_York", "Asia/Tokyo", "Africa/Cairo", "UTC"];
  const random = createRandom(7, "test/backfill", 0);
  for (let trial = 0; trial < 200; trial++) {
    const hour = String(random.integer(24)).padStart(2, "0");
    const daily = { time: `${hour}:30`, timezone: zones[random.integer(zones.length)]! };
    const from = day("2024-01-01").add({ days: random.integer(700) });
    const days = 1 + random.integer(300), to = from.add({ days: days - 1 });
    const { start, end, dates } = backfillRange(daily, [from, to], NOW);
    assert.equal(dates.length, days);
    assert.equal(new Set(dates).size, days);
    assert.equal(dates[0], from.toString());
    assert.equal(dates.at(-1), to.toString());
    assert.ok(start < end);
  }
});

Deno.test("backfillRange() ends with the last night that was due already", () => {
  const { dates } = backfillRange(BERLIN, [day("2026-11-19"), day("2026-11-25")], NOW);
  assert.deepEqual(dates, ["2026-11-19", "2026-11-20", "2026-11-21"]);
});

Deno.test("backfillRange() refuses exchanged dates, the future, and more than a year", () => {
  for (
    const [from, to] of [
      ["2026-11-02", "2026-11-01"],
      ["2026-11-22", "2026-11-23"],
      ["2020-01-01", "2026-11-01"],
    ] as const
  ) {
    assert.throws(() => backfillRange(BERLIN, [day(from), day(to)], NOW), InvalidInputError, from);
  }
});

Deno.test("formatLocal() shows a moment in the schedule's zone", () => {
  assert.equal(formatLocal("2026-11-22T01:30:00.000Z", "Europe/Berlin"), "2026-11-22 02:30");
});

Deno.test("missingDates() names the dates on which a night was due and none began", () => {
  const nights = ["2026-10-24T00:30:00Z", "2026-10-26T01:30:00Z"].map((text) =>
    Temporal.Instant.from(text)
  );
  const since = Temporal.Instant.from("2026-10-23T12:00:00Z");
  const now = Temporal.Instant.from("2026-10-28T01:00:00Z"); // half an hour before the night
  assert.deepEqual(missingDates(BERLIN, nights, [since, now]), ["2026-10-25", "2026-10-27"]);
  assert.deepEqual(missingDates(BERLIN, nights, [since, since]), []);
});
