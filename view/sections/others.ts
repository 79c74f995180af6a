import type { TopLevelSpec } from "vega-lite";
import { formatNumber } from "../format.ts";
import { type Html, html } from "../html.ts";
import type { OtherReport } from "../report_model.ts";
import { renderFigure, renderTable } from "../table.ts";
import { renderChart } from "../vega_chart.ts";

/** Stages of kinds that have no section of their own. */
export async function renderOthers(others: readonly OtherReport[]): Promise<Html | null> {
  if (others.length === 0) return null;
  return html`<h2 id="others">Further stages</h2>${await Promise.all(others.map(renderOther))}`;
}

async function renderOther({ stage, kind, rows, chart }: OtherReport): Promise<Html> {
  const table = rows.length === 0 ? null : renderTable(
    [{ title: "metric" }, { title: "value", number: true }],
    rows.map(([label, value]) => [
      label,
      typeof value === "number" ? formatNumber(value) : value,
    ]),
  );
  // A module's code may say anything: what is no chart is told when it is drawn.
  const figure = chart === null
    ? null
    : renderFigure(chart.title, await renderChart(chart.spec as unknown as TopLevelSpec, chart));
  return html`<h3>${stage} (${kind})</h3>${figure ?? ""}${table ?? ""}`;
}
