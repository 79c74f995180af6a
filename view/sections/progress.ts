import { renderHistogram } from "../charts.ts";
import { formatCount, formatNumber } from "../format.ts";
import { type Html, html } from "../html.ts";
import { renderBand } from "../progress_chart.ts";
import type { ProgressReport } from "../report_model.ts";
import { renderFigure, renderTable } from "../table.ts";

/**
 * Renders the progress of evaluations towards their goal: a band over time, steps to success,
 * failures.
 */
export async function renderProgress(reports: readonly ProgressReport[]): Promise<Html | null> {
  if (reports.length === 0) return null;
  return html`<h2 id="progress">Progress</h2>${await Promise.all(reports.map(renderReport))}`;
}

async function renderReport(report: ProgressReport): Promise<Html> {
  const { stage, name, steps } = report;
  const title = `Progress over time: ${name}`;
  const description =
    "Median and central 80 % of the episodes; ended episodes keep their last value";
  const charts = [renderFigure(title, await renderBand(report, { title, description }))];
  if (steps !== null) {
    const title = "Steps to success";
    const text = { title, description: `Successful episodes of ${stage}` };
    charts.push(renderFigure(title, await renderHistogram(steps, "episodes", text)));
  }
  return html`<h3>${stage}</h3>
<div class="charts">${charts}</div>
${renderFailures(report)}`;
}

function renderFailures({ stage, run, name, failed, failures }: ProgressReport): Html {
  if (failed === 0) return html`<p class="muted">No episode failed.</p>`;
  const shown = failures.length < failed ? `, the first ${formatCount(failures.length)}` : "";
  const number = true;
  // Brackets of a variant's name are a pattern in a shell.
  const place = stage.includes("[") ? `'${run}/${stage}'` : `${run}/${stage}`;
  return html`<h3>Failed in ${stage}: ${formatCount(failed)}${shown}</h3>
<p class="muted">deno task replay ${place} --episode N shows one again.</p>
${
    renderTable(
      [
        { title: "episode", number },
        { title: "steps", number },
        { title: `${name}, greatest`, number },
        { title: "at the end", number },
      ],
      failures.map(({ candidate, steps, greatest, final }) => [
        formatCount(candidate),
        formatCount(steps),
        formatNumber(greatest),
        formatNumber(final),
      ]),
    )
  }`;
}
