import { type JsonValue, shortKey } from "../../core/canonical.ts";
import type { ComparedRuns, RunDifference } from "../../runtime/run/compare_runs.ts";
import { byEffect, describePair } from "../../view/comparison_text.ts";
import { formatCount, formatMetric } from "../../view/format.ts";
import { renderTable } from "./table.ts";

/** Figures whose interval or share is shown already. */
const LEFT_OUT = /_(?:low|high)$|^shards$/;

/** Differing parameters that are listed; a comparison of two pipelines has hundreds. */
const LISTED = 40;

/** Runs beside each other, as a person reads them; the verdicts come last. */
export function renderComparison(
  { runs, table, parameters, digests, figures }: ComparedRuns,
): string {
  const shown = figures.filter(({ place }) => !LEFT_OUT.test(place));
  return [
    columnsOf(
      "figure",
      runs,
      shown,
      (value, place) =>
        typeof value === "number" || typeof value === "string" ? formatMetric(place, value) : "",
    ),
    section(
      "Parameters that differ",
      columnsOf("parameter", runs, parameters.slice(0, LISTED), text),
    ),
    parameters.length > LISTED
      ? `and ${formatCount(parameters.length - LISTED)} more (--json)`
      : "",
    section(
      "Digests that differ",
      columnsOf(
        "stage",
        runs,
        digests,
        (value) => typeof value === "string" ? shortKey(value) : "",
      ),
    ),
    byEffect(table.pairs).map((pair) => describePair(table, pair)).join("\n"),
  ].filter((part) => part !== "").join("\n\n");
}

function section(title: string, body: string): string {
  return body === "" ? "" : `${title}\n\n${body}`;
}

function columnsOf(
  title: string,
  runs: readonly string[],
  rows: readonly RunDifference[],
  format: (value: JsonValue, place: string) => string,
): string {
  if (rows.length === 0) return "";
  return renderTable(
    [{ title }, ...runs.map((run) => ({ title: run, align: "right" as const }))],
    rows.map(({ place, values }) => [place, ...values.map((value) => format(value, place))]),
  );
}

function text(value: JsonValue): string {
  const shown = typeof value === "string" ? value : value === null ? "" : JSON.stringify(value);
  return shown.length > 40 ? `${shown.slice(0, 39)}…` : shown;
}
