import type { ScheduleDescription } from "@temporalio/client";
import type { NightMode } from "../../activities/night_mode.ts";
import { readFailureCommand } from "../../runtime/schedule/failure_command.ts";
import type { Night, Schedules } from "../../runtime/schedule/schedule_client.ts";
import { runOf } from "../../runtime/run/run_log.ts";
import type { NightRecord } from "../../workflows/types.ts";
import { formatLocal, missingDates } from "../../runtime/schedule/schedule_time.ts";
import { renderTable } from "./table.ts";

/** View of a schedule for people and programs. */
export interface ScheduleView {
  readonly name: string;
  readonly pipeline: string;
  readonly seed: number;
  readonly mode: NightMode;
  readonly daily: string;
  readonly timezone: string;
  readonly paused: boolean;
  /** Note on who paused or resumed it, and why. */
  readonly note: string | null;
  readonly onFailure: string | null;
  /** When the next nights are due, ISO 8601; none while paused. */
  readonly next: readonly string[];
  /** Number of nightly runs started so far, including triggered and backfilled ones. */
  readonly begun: number;
  /** Nights that nothing ran for within a day of when they were due. */
  readonly missed: number;
  /** Number of runs skipped because the previous one was still running. */
  readonly skipped: number;
  /** Dates without a night, `YYYY-MM-DD`: since the oldest of `nights`, or since the creation. */
  readonly without: readonly string[];
  /** Ids of the nightly runs in progress. */
  readonly running: readonly string[];
  /** Newest first. */
  readonly nights: readonly Night[];
}

/** Gathers what is known of a schedule. @throws {InvalidInputError} If there is none of the name */
export async function viewSchedule(
  root: string,
  schedules: Schedules,
  name: string,
): Promise<ScheduleView> {
  const description = await schedules.describe(name);
  const { state, info } = description;
  const { declaration, mode, daily, timezone } = schedules.inputOf(description);
  const nights = await schedules.nights(description);
  return {
    name,
    pipeline: declaration.name,
    seed: declaration.seed ?? 0,
    mode,
    daily,
    timezone,
    paused: state.paused,
    note: state.note || null,
    onFailure: readFailureCommand(root, name),
    next: state.paused ? [] : info.nextActionTimes.map((time) => time.toISOString()),
    begun: info.numActionsTaken,
    missed: info.numActionsMissedCatchupWindow,
    skipped: info.numActionsSkippedOverlap,
    without: missingDates(
      { time: daily, timezone },
      nights.map(({ nominal }) => Temporal.Instant.from(nominal)),
      [knownSince(description, nights), Temporal.Now.instant()],
    ),
    // Not the server's own list, which lags behind by seconds.
    running: nights.filter(({ status }) => status === "running").map(({ id }) => id),
    nights,
  };
}

/**
 * Returns the time since when every started nightly run is known: the server lists the last ten.
 */
function knownSince({ info }: ScheduleDescription, nights: readonly Night[]): Temporal.Instant {
  const created = Temporal.Instant.from(info.createdAt.toISOString());
  if (info.numActionsTaken === nights.length) return created;
  const known = nights.map(({ nominal }) => Temporal.Instant.from(nominal));
  return known.sort(Temporal.Instant.compare).find((moment) =>
    Temporal.Instant.compare(moment, created) > 0
  ) ?? Temporal.Now.instant();
}

/** Schedules as a table, one per line. */
export function renderSchedules(views: readonly ScheduleView[]): string {
  return renderTable(
    [
      { title: "schedule" },
      { title: "pipeline" },
      { title: "mode" },
      { title: "daily" },
      { title: "next" },
      { title: "last run" },
      { title: "missed", align: "right" },
      { title: "skipped", align: "right" },
    ],
    views.map((view) => [
      view.name,
      view.pipeline,
      view.mode,
      `${view.daily} ${view.timezone}`,
      nextOf(view, 1) ?? "paused",
      view.nights[0] === undefined ? "none yet" : view.nights[0].status,
      String(view.missed),
      String(view.skipped),
    ]),
  );
}

/** Number of upcoming runs to show. */
const NEXT_SHOWN = 3;

/** Everything about one schedule. */
export function renderSchedule(view: ScheduleView): string {
  const rows: [label: string, text: string][] = [
    ["pipeline", `${view.pipeline}, seed ${view.seed}, ${view.mode}`],
    ["daily", `${view.daily} ${view.timezone}`],
    ["next", nextOf(view, NEXT_SHOWN) ?? "paused"],
    ["started", `${view.begun} runs, ${view.running.length} running`],
    ["missed", `${view.missed}: no server ran within a day of the scheduled time`],
    ["skipped", `${view.skipped}: the previous run was still running`],
    ["on failure", view.onFailure ?? "nothing"],
  ];
  if (view.without.length > 0) {
    rows.push([
      "no run",
      `${view.without.join(", ")}: run them with "deno task schedule backfill"`,
    ]);
  }
  if (view.note !== null) rows.push(["note", view.note]);
  const width = Math.max(...rows.map(([label]) => label.length));
  const lines = rows.map(([label, text]) => `${label.padEnd(width)}  ${text}`);
  if (view.nights.length > 0) lines.push("", renderNights(view));
  return [`Schedule ${view.name}`, "", ...lines].join("\n");
}

function renderNights(view: ScheduleView): string {
  const rows = view.nights.map((night) => {
    const { record } = night;
    return [
      formatLocal(night.nominal, view.timezone),
      night.status,
      record?.work ?? "",
      record?.seed === undefined || record.seed === null ? "" : String(record.seed),
      runOfNight(record),
    ];
  });
  const table = renderTable([
    { title: "time" },
    { title: "outcome" },
    { title: "work" },
    { title: "seed", align: "right" },
    { title: "run" },
  ], rows);
  const failures = view.nights.flatMap(({ nominal, record }) => {
    if (record === null || record.error === null) return [];
    const { error, commandStatus } = record;
    const command = commandStatus === null ? "" : ` (failure command: status ${commandStatus})`;
    return [`${formatLocal(nominal, view.timezone)}  ${error}${command}`];
  });
  return [table, ...(failures.length === 0 ? [] : ["", ...failures])].join("\n");
}

/** The run of a night by its number once it has ended, by its workflow before. */
function runOfNight(record: NightRecord | null): string {
  if (record === null) return "";
  return record.directory === null ? record.workflowId ?? "" : runOf(record.directory);
}

function nextOf({ next, timezone }: ScheduleView, count: number): string | null {
  if (next.length === 0) return null;
  return next.slice(0, count).map((time) => formatLocal(time, timezone)).join(", ");
}
