import type { RunSummary } from "../../activities/types.ts";
import { headlineOf } from "../../runtime/run/headline.ts";
import type { ListedRun } from "../../runtime/run/run_list.ts";
import { formatMetric, formatSeconds } from "../../view/format.ts";
import { shellWord } from "../kit/command_line.ts";
import { renderTable } from "./table.ts";

/** Runs as a table, one per line. */
export function renderRuns(runs: readonly ListedRun[]): string {
  return renderTable([
    { title: "run" },
    { title: "started" },
    { title: "status" },
    { title: "time", align: "right" },
    { title: "seed", align: "right" },
    { title: "headline" },
    { title: "changed" },
  ], runs.map(rowOf));
}

function rowOf({ pipeline, run, started, seed, changes, summary, damage }: ListedRun): string[] {
  return [
    `${pipeline}/${run}`,
    started === null ? "" : localTime(started),
    damage === null ? summary?.status ?? "not ended" : "damaged",
    summary === null ? "" : formatSeconds(summary.seconds),
    seed === null ? "" : String(seed),
    summary === null ? "" : headlineText(summary),
    Object.entries(changes ?? {}).map(([place, value]) =>
      shellWord(`${place}=${typeof value === "string" ? value : JSON.stringify(value)}`)
    ).join(" "),
  ];
}

function headlineText({ stages, error }: RunSummary): string {
  if (error !== undefined) return error.name;
  const headline = headlineOf(stages);
  return headline === null ? "" : `${headline.name} ${formatMetric(headline.name, headline.value)}`;
}

/** `2026-03-01 02:00` in the machine's time zone. */
function localTime(iso: string): string {
  const zone = Temporal.Now.timeZoneId();
  const local = Temporal.Instant.from(iso).toZonedDateTimeISO(zone).toPlainDateTime();
  return local.toString({ smallestUnit: "minute" }).replace("T", " ");
}
