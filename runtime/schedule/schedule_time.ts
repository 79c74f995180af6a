import type { ScheduleSpec } from "@temporalio/client";
import { type Daily, nightDate, nightDue, nightEarliest } from "../../activities/night_date.ts";
import { InvalidInputError } from "../../core/errors.ts";
import { nearestName } from "../../core/suggest.ts";

/** Wall-clock times of schedules. `Temporal` in here is the language's, not the server. */

/** Years from now on for which nights that the clock skips are put into a schedule. */
const YEARS_AHEAD = 10;

/** Nights that one backfill may ask for: the server holds back at most a thousand. */
const MOST_NIGHTS = 366;

const MONTHS = [
  "JANUARY",
  "FEBRUARY",
  "MARCH",
  "APRIL",
  "MAY",
  "JUNE",
  "JULY",
  "AUGUST",
  "SEPTEMBER",
  "OCTOBER",
  "NOVEMBER",
  "DECEMBER",
] as const;

/** @throws {InvalidInputError} If `text` is no time of day */
export function parseTime(text: string): string {
  const [, hour, minute] = /^(\d{1,2}):(\d{2})$/.exec(text) ?? [];
  if (hour !== undefined && minute !== undefined && Number(hour) < 24 && Number(minute) < 60) {
    return `${hour.padStart(2, "0")}:${minute}`;
  }
  throw new InvalidInputError({
    action: "read --daily",
    expected: "a time from 00:00 to 23:59",
    found: `"${text}"`,
    remedy: "write e.g. --daily 02:00",
  });
}

/** A time zone by its IANA name, this machine's where none is given. */
export function parseTimezone(text: string | undefined): string {
  if (text === undefined) return Intl.DateTimeFormat().resolvedOptions().timeZone;
  try {
    // Offsets such as +01:00 are known here but not to the server, and have no daylight saving.
    if (/^[A-Za-z]/.test(text)) {
      return Temporal.Now.zonedDateTimeISO(text).timeZoneId; // as given, but for upper case
    }
  } catch {
    // Unknown: said below.
  }
  const nearest = nearestName(text, Intl.supportedValuesOf("timeZone"));
  throw new InvalidInputError({
    action: "read --timezone",
    expected: "an IANA name",
    found: `"${text}"`,
    remedy: nearest === null ? "write e.g. Europe/Berlin" : `did you mean "${nearest}"?`,
  });
}

/** @throws {InvalidInputError} If `text` is no date of the calendar */
export function parseDate(flag: string, text: string | undefined): Temporal.PlainDate {
  try {
    if (text !== undefined && /^\d{4}-\d{2}-\d{2}$/.test(text)) {
      return Temporal.PlainDate.from(text);
    }
  } catch {
    // No such day: said below.
  }
  throw new InvalidInputError({
    action: `read --${flag}`,
    expected: "a date",
    found: JSON.stringify(text) ?? "nothing",
    remedy: `write e.g. --${flag} 2026-11-01`,
  });
}

/**
 * Returns the specification of a schedule for the server. The server runs nothing on a date whose
 * time the clock skips and, in some zones, twice on one whose time it repeats; those dates get a
 * time that the clock shows once, so that every date has its run.
 *
 * @param today From where on; a year before it is covered too, for backfills
 */
export function dailySpec(daily: Daily, today: Temporal.PlainDate): ScheduleSpec {
  const { hour, minute } = Temporal.PlainTime.from(daily.time);
  const nights = nightsOfChange(daily, today);
  return {
    timezone: daily.timezone,
    calendars: [
      { hour, minute },
      ...nights.map(({ due }) => ({
        ...calendarOf(due),
        comment: `${daily.time} is skipped or repeated when the clock changes`,
      })),
    ],
    skip: nights.map(({ date }) => calendarOf(date.toPlainDateTime({ hour, minute }))),
  };
}

function calendarOf({ year, month, day, hour, minute }: Temporal.PlainDateTime) {
  return { year, month: MONTHS[month - 1]!, dayOfMonth: day, hour, minute };
}

/** A night that is due at another time than the others. */
interface NightOfChange {
  readonly date: Temporal.PlainDate;
  /** Local time at that moment. */
  readonly due: Temporal.PlainDateTime;
}

/** The nights in which the clock skips the time or shows it twice. */
function nightsOfChange(daily: Daily, today: Temporal.PlainDate): NightOfChange[] {
  const nights: NightOfChange[] = [];
  const end = today.add({ years: YEARS_AHEAD }).toZonedDateTime(daily.timezone);
  let change = today.subtract({ years: 1 }).toZonedDateTime(daily.timezone)
    .getTimeZoneTransition("next");
  while (change !== null && Temporal.ZonedDateTime.compare(change, end) <= 0) {
    const [before, after] = [change.subtract({ nanoseconds: 1 }), change].map((edge) =>
      edge.toPlainDate()
    );
    for (const date of before!.equals(after!) ? [after!] : [before!, after!]) {
      const due = nightDue(daily, date)?.toPlainDateTime();
      const named = date.toPlainDateTime(Temporal.PlainTime.from(daily.time));
      if (due !== undefined && !due.equals(named)) nights.push({ date, due });
    }
    change = change.getTimeZoneTransition("next");
  }
  return nights;
}

/** Nights to make up for. */
export interface BackfillRange {
  /** The nights are due between the two. */
  readonly start: Date;
  readonly end: Date;
  /** `YYYY-MM-DD`, those that were due already. */
  readonly dates: readonly string[];
}

/**
 * The nights from one date to another, both included, that were due already.
 *
 * @throws {InvalidInputError} If there are none, or too many
 */
export function backfillRange(
  daily: Daily,
  [from, to]: readonly [Temporal.PlainDate, Temporal.PlainDate],
  now: Temporal.Instant,
): BackfillRange {
  const days = from.until(to).days + 1;
  if (days < 1 || days > MOST_NIGHTS) {
    throw new InvalidInputError({
      action: `backfill from ${from} to ${to}`,
      expected: `1 to ${MOST_NIGHTS} nights`,
      found: Math.max(0, days),
      remedy: days < 1 ? "swap the dates" : "ask for fewer at a time",
    });
  }
  const past = Array.from({ length: days }, (_, i) => from.add({ days: i })).flatMap((date) => {
    const due = nightDue(daily, date);
    return due !== null && Temporal.Instant.compare(due.toInstant(), now) <= 0
      ? [{ date, due }]
      : [];
  });
  const [first] = past, last = past.at(-1);
  if (first === undefined || last === undefined) {
    throw new InvalidInputError({
      action: `backfill from ${from} to ${to}`,
      expected: "nights that were already due",
      found: "none",
      remedy: "choose earlier dates",
    });
  }
  return {
    // A second on either side: which ends belong to a range depends on the server's version.
    start: new Date(nightEarliest(daily, first.date).epochMilliseconds - 1000),
    end: new Date(last.due.epochMilliseconds + 1000),
    dates: past.map(({ date }) => date.toString()),
  };
}

/**
 * The dates since `since` on which a night was due and none began.
 *
 * @param nights When those were due that began
 * @returns `YYYY-MM-DD`, the oldest first
 */
export function missingDates(
  daily: Daily,
  nights: readonly Temporal.Instant[],
  [since, now]: readonly [Temporal.Instant, Temporal.Instant],
): readonly string[] {
  const begun = new Set(nights.map((moment) => nightDate(daily, moment).toString()));
  const missing: string[] = [];
  const last = now.toZonedDateTimeISO(daily.timezone).toPlainDate();
  for (
    let date = nightDate(daily, since).subtract({ days: 1 });
    // may be due past its midnight
    Temporal.PlainDate.compare(date, last) <= 0;
    date = date.add({ days: 1 })
  ) {
    const due = nightDue(daily, date)?.toInstant();
    if (due === undefined) continue;
    const fell = Temporal.Instant.compare(due, since) > 0 &&
      Temporal.Instant.compare(due, now) <= 0;
    if (fell && !begun.has(date.toString())) missing.push(date.toString());
  }
  return missing;
}

/** Formats a moment in a time zone for people: `2026-11-22 02:00`. */
export function formatLocal(instant: string, timezone: string): string {
  const local = Temporal.Instant.from(instant).toZonedDateTimeISO(timezone);
  return `${local.toPlainDate()} ${local.toPlainTime().toString({ smallestUnit: "minute" })}`;
}
