/** Dates of nights. `Temporal` in here is the language's, not the server. */

/** When a schedule is due: every day at a local time. */
export interface Daily {
  /** `HH:MM`, 00:00 … 23:59. */
  readonly time: string;
  /** IANA name. */
  readonly timezone: string;
}

/**
 * The moment at which the night of a date is due. Where the clock skips the time, or shows it twice,
 * it is later by as much as the clock changes, so that the time is shown once: servers differ in
 * which of two equal times they take, and some take both. It may be past midnight.
 *
 * @returns Null if the time zone left out the whole date, as Pacific/Apia did 2011-12-30
 */
export function nightDue(
  { time, timezone }: Daily,
  date: Temporal.PlainDate,
): Temporal.ZonedDateTime | null {
  if (!date.toZonedDateTime(timezone).toPlainDate().equals(date)) return null;
  const local = date.toPlainDateTime(Temporal.PlainTime.from(time));
  const later = local.toZonedDateTime(timezone, { disambiguation: "later" });
  const skipped = !later.toPlainDateTime().equals(local);
  return skipped ? later : later.add(nightEarliest({ time, timezone }, date).until(later));
}

/** The first moment at which the clock shows the time of a date, or would but for a skip. */
export function nightEarliest(
  { time, timezone }: Daily,
  date: Temporal.PlainDate,
): Temporal.ZonedDateTime {
  const local = date.toPlainDateTime(Temporal.PlainTime.from(time));
  return local.toZonedDateTime(timezone, { disambiguation: "earlier" });
}

/**
 * The date of a night in the schedule's time zone: that of the local time at which it was due by
 * name, though it was put off past midnight. A night that was triggered in between has the date of
 * its moment.
 *
 * @param nominal When the night was due
 */
export function nightDate(daily: Daily, nominal: Temporal.Instant): Temporal.PlainDate {
  const shown = nominal.toZonedDateTimeISO(daily.timezone).toPlainDate();
  const before = shown.subtract({ days: 1 });
  return nightDue(daily, before)?.toInstant().equals(nominal) ? before : shown;
}
