import { formatCount, formatNumber } from "../format.ts";
import { type Html, html } from "../html.ts";
import type { PathReport, WalkReport } from "../report_model.ts";
import { renderFigure, renderTable } from "../table.ts";
import { renderErrors, renderTrack } from "../track_charts.ts";

/**
 * Renders how well evaluations followed their references: metrics, one walk from above, error over
 * time.
 */
export async function renderWalks(walks: readonly WalkReport[]): Promise<Html | null> {
  if (walks.length === 0) return null;
  return html`<h2 id="walks">Tracking</h2>${await Promise.all(walks.map(renderWalk))}`;
}

async function renderWalk({ stage, paths }: WalkReport): Promise<Html> {
  const tracks = await Promise.all(paths.map(async (path) => {
    const title = `First walk along ${path.name}, from above`;
    const description = `Reference and robot; mean error ${formatNumber(path.meanError)} m`;
    return renderFigure(title, await renderTrack(path, { title, description }));
  }));
  const title = "Tracking error over time";
  const description = `Mean over the episodes of each of ${paths.length} paths`;
  const errors = renderFigure(title, await renderErrors(paths, { title, description }));
  return html`<h3>${stage}</h3>
${renderPaths(paths)}
<div class="charts">${tracks}${errors}</div>`;
}

function renderPaths(paths: readonly PathReport[]): Html {
  const number = true;
  return renderTable(
    [
      { title: "path" },
      { title: "episodes", number },
      { title: "falls", number },
      { title: "mean error (m)", number },
      { title: "final (m)", number },
      { title: "largest (m)", number },
    ],
    paths.map(({ name, episodes, falls, meanError, finalError, maxError }) => [
      name,
      formatCount(episodes),
      formatCount(falls),
      ...[meanError, finalError, maxError].map(formatNumber),
    ]),
  );
}
