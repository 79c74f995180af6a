import { formatInstant, formatMetric, formatSeconds } from "../format.ts";
import { type Html, html } from "../html.ts";
import type { ReportModel, StageReport } from "../report_model.ts";
import { renderPairs, renderTable } from "../table.ts";

/** Renders what ran, how it ended, and how to run it again. */
export function renderOverview(report: ReportModel): Html {
  const { pipeline, run, status, rerun, error, verdict, seconds, command, provenance } = report;
  return html`<h1>${pipeline} <span class="muted">run ${run}</span><span class="badge ${
    status.replace(" ", "-")
  }">${status}</span></h1>
<p class="muted">${formatInstant(provenance.started)}, ${formatSeconds(seconds)}${
    rerun ? ", recomputed and compared with the stored result" : ""
  }</p>
${
    error === null ? html`<p class="verdict">${verdict}</p>` : html`<div class="error">
<p><strong>${error.name}</strong>${
      error.stage === null ? "" : html`
        in stage ${error.stage}
      `
    }</p>
<p>${error.message}</p>${error.remedy && html`<p>${error.remedy}</p>`}</div>`
  }
${
    renderPairs({
      ...(command === null ? {} : { "run again": html`<code>${command}</code>` }),
      "pipeline digest": html`<code>${report.digest}</code>`,
    })
  }`;
}

/** Every stage in a table: state, time, identity, figures. */
export function renderStages(
  stages: readonly StageReport[],
  omissions: readonly string[],
): Html {
  return html`<h2 id="stages">Stages</h2>
${
    renderTable(
      [
        { title: "stage" },
        { title: "kind" },
        { title: "state" },
        { title: "time", number: true },
        { title: "counts" },
        { title: "metrics" },
        { title: "digest" },
      ],
      stages.map((stage) => [
        stage.name,
        stage.kind,
        stage.resumedFrom === null ? stage.state : `${stage.state} from ${stage.resumedFrom}`,
        timeOf(stage),
        figuresOf(stage.counts),
        figuresOf(stage.metrics),
        stage.digest === null
          ? ""
          : html`<code title="${stage.digest}">${stage.digest.slice(0, 12)}</code>${
            stage.isExact ? "" : html`
              <span class="muted" title="${NOT_EXACT}">not exact</span>
            `
          }`,
      ]),
      { stacks: true },
    )
  }
${omissions.map((sentence) => html`<p class="muted">${sentence}</p>`)}`;
}

/** Note for readers about a stage that a program has computed. */
const NOT_EXACT = "It depends on a program: computed again, its bytes may differ";

/** Elapsed time, and what the threads of a stage took together where that is another. */
function timeOf({ state, seconds, threadSeconds }: StageReport): string | Html {
  if (seconds === null || state === "cached") return "";
  if (threadSeconds === null) return formatSeconds(seconds);
  return html`
    <div>${formatSeconds(seconds)}</div>
    <div class="muted">${formatSeconds(threadSeconds)} of thread time</div>
  `;
}

/** Figures of a stage that are shown at once: an evaluation on many paths has sixty. */
const SHOWN = 12;

function figuresOf(figures: Readonly<Record<string, number | string>>): Html {
  const lines = Object.entries(figures).map(([name, value]) =>
    html`<div>${name} ${formatMetric(name, value)}</div>`
  );
  if (lines.length <= SHOWN) return html`${lines}`;
  return html`${lines.slice(0, SHOWN)}<details><summary>${lines.length - SHOWN} more</summary>${
    lines.slice(SHOWN)
  }</details>`;
}
