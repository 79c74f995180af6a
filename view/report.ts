import { type Html, html, htmlText, joinHtml, trusted } from "./html.ts";
import type { ReportModel } from "./report_model.ts";
import { renderComparisons } from "./sections/comparisons.ts";
import { renderChains, renderDatasets, renderFilmStrips } from "./sections/episodes.ts";
import { renderGraph } from "./sections/graph.ts";
import { renderEvaluations, renderTrainings } from "./sections/learning.ts";
import { renderOverview, renderStages } from "./sections/overview.ts";
import { renderOthers } from "./sections/others.ts";
import { renderProgress } from "./sections/progress.ts";
import { renderProvenance } from "./sections/provenance.ts";
import { renderRounds } from "./sections/rounds.ts";
import { renderScores } from "./sections/scores.ts";
import { renderWalks } from "./sections/walks.ts";
import { STYLE } from "./style.ts";

/**
 * The report of a run as one HTML page that refers to nothing outside itself and runs no script.
 * A pure function: the same model gives the same text.
 */
export async function renderReport(report: ReportModel): Promise<string> {
  const candidates = [
    await renderEvaluations(report.evaluations),
    await renderComparisons(report.comparisons, report.gates),
    await renderRounds(report.rounds),
    await renderScores(report.scores),
    renderGraph(report.stages),
    renderStages(report.stages, report.omissions),
    await renderChains(report.chains),
    await renderDatasets(report.datasets),
    await renderTrainings(report.trainings),
    await renderWalks(report.walks),
    await renderOthers(report.others),
    await renderProgress(report.progress),
    renderFilmStrips(report.filmStrips),
    renderProvenance(report.provenance),
  ];
  const sections = candidates.filter((section): section is Html => section !== null);
  const body = joinHtml([renderOverview(report), renderContents(sections), ...sections]);
  return htmlText(html`
    ${trusted("<!doctype html>")}
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta http-equiv="Content-Security-Policy"
          content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
        <title>${report.pipeline} run ${report.run}</title>
        <style>${trusted(STYLE)}</style>
      </head>
      <body>
        <main>
    ${body}
        </main>
      </body>
    </html>
  `);
}

/** Links to the sections that a report has, by their headings. */
function renderContents(sections: readonly Html[]): Html {
  const headings = sections.flatMap((section) => {
    const [, id, title] = /<h2 id="([\w-]+)">([^<]+)<\/h2>/.exec(htmlText(section)) ?? [];
    return id === undefined || title === undefined ? [] : [{ id, title }];
  });
  return html`
    <nav aria-label="Contents">
      <ul class="contents">${headings.map(({ id, title }) =>
        html`<li><a href="#${id}">${title}</a></li>`
      )}</ul>
    </nav>
  `;
}
