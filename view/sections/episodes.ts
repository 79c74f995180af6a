import { renderBars, renderHistogram } from "../charts.ts";
import { encodeFilmStrip, pngDataUri } from "../film_strip.ts";
import { renderGantt } from "../gantt.ts";
import { formatCount, formatNumber, formatPercent, formatSeconds } from "../format.ts";
import { type Html, html } from "../html.ts";
import type { ChainReport, DatasetReport, FieldReport, FilmStripReport } from "../report_model.ts";
import { renderFigure, renderPairs, renderTable } from "../table.ts";

/** Renders the outcomes of the candidates: accepted, and rejected with the reasons. */
export async function renderChains(chains: readonly ChainReport[]): Promise<Html | null> {
  if (chains.length === 0) return null;
  const table = renderTable(
    [
      { title: "stage" },
      { title: "environment" },
      { title: "policy" },
      { title: "candidates", number: true },
      { title: "accepted", number: true },
      { title: "acceptance_rate", number: true },
    ],
    chains.map((chain) => [
      chain.stage,
      chain.environment,
      chain.policy,
      formatCount(chain.candidates),
      formatCount(chain.accepted),
      formatPercent(chain.accepted / chain.candidates),
    ]),
    { stacks: true },
  );
  const schedules = chains.flatMap(({ stage, schedule }) =>
    schedule === undefined ? [] : [renderFigure(
      `Schedule of the expert of ${stage}`,
      renderGantt(schedule.bars, schedule.controlHz, `Schedule of ${stage}`),
    )]
  );
  const refusing = chains.filter(({ rejects }) => rejects.length > 0);
  return html`
    <h2 id="candidates">Candidates</h2>${table}${schedules}
    <p
      class="muted">Counts include candidates up to the one that completed the dataset; the last shard may hold more.</p>${refusing
          .length === 0
        ? html`<p class="muted">No candidate was rejected.</p>`
        : await Promise.all(refusing.map(renderRejects))}
  `;
}

async function renderRejects({ stage, candidates, rejects }: ChainReport): Promise<Html> {
  const rejected = rejects.reduce((sum, { count }) => sum + count, 0);
  const chart = await renderBars(
    rejects.map(({ reason, stage, count }) => ({ name: reason, group: stage, count })),
    "rejected candidates",
    {
      title: `Rejected candidates of ${stage}`,
      description: `${rejected} of ${candidates} candidates were rejected`,
    },
  );
  const examples = rejects.flatMap(({ reason, stage, examples }) =>
    examples.map(({ candidate, figures }) => [
      reason,
      stage,
      formatCount(candidate),
      Object.entries(figures).map(([name, value]) => `${name} ${formatNumber(value)}`).join(", "),
    ])
  );
  return html`<h3>Rejected in ${stage}: ${formatCount(rejected)} of ${formatCount(candidates)}</h3>
<div class="charts">${renderFigure("Rejected candidates by reason", chart)}</div>
<h3>Examples</h3>${
    renderTable(
      [{ title: "reason" }, { title: "stage" }, { title: "candidate", number: true }, {
        title: "metrics",
      }],
      examples,
      { stacks: true },
    )
  }`;
}

/** Statistics of the merged datasets. */
export async function renderDatasets(datasets: readonly DatasetReport[]): Promise<Html | null> {
  if (datasets.length === 0) return null;
  return html`<h2 id="dataset">Dataset</h2>${await Promise.all(datasets.map(renderDataset))}`;
}

async function renderDataset(dataset: DatasetReport): Promise<Html> {
  const charts = await Promise.all(dataset.histograms.map(async (histogram) =>
    renderFigure(
      `${capitalize(histogram.name)} by split`,
      await renderHistogram(histogram, "episodes", {
        title: `${capitalize(histogram.name)} of ${dataset.stage}`,
        description: `Distribution over ${dataset.totalEpisodes} episodes`,
      }),
    )
  ));
  const mixes = await Promise.all(dataset.mixes.map(async ({ name, counts }) => {
    const bars = Object.entries(counts).map(([name, count]) => ({ name, group: "", count }));
    const title = `${capitalize(name)} of ${dataset.stage}`;
    const description = bars.map(({ name, count }) => `${name} ${count}`).join(", ");
    return renderFigure(capitalize(name), await renderBars(bars, "count", { title, description }));
  }));
  return html`<h3>${dataset.stage}</h3>
${
    renderPairs({
      total_episodes: `${formatCount(dataset.totalEpisodes)} (${
        Object.entries(dataset.splits).map(([name, n]) => `${name} ${formatCount(n)}`).join(", ")
      })`,
      total_steps: formatCount(dataset.totalSteps),
      mean_episode_length: `${formatNumber(dataset.meanEpisodeLength)} steps, ${
        formatSeconds(dataset.meanEpisodeLength / dataset.controlHz)
      } at ${formatNumber(dataset.controlHz)} Hz`,
      mean_reward: `${formatNumber(dataset.meanReward)} per episode`,
      success_rate: formatPercent(dataset.successRate),
      output_path: html`<code>${dataset.outputPath}</code>`,
      file_size_mb: formatNumber(dataset.fileSizeMb),
    })
  }
<div class="charts">${charts}${mixes}</div>
<h3>Fields, over the rows of the training split</h3>
${renderFields(dataset.fields)}`;
}

function renderFields(fields: readonly FieldReport[]): Html {
  const rows = fields.flatMap(({ name, unit, components, statistics }) =>
    statistics.mean.map((mean, i) => [
      i === 0 ? name : "",
      components[i] ?? (statistics.mean.length > 1 ? String(i) : ""),
      unit ?? "",
      formatNumber(mean),
      formatNumber(statistics.std[i]!),
      formatNumber(statistics.min[i]!),
      formatNumber(statistics.max[i]!),
    ])
  );
  return renderTable(
    [
      { title: "field" },
      { title: "component" },
      { title: "unit" },
      { title: "mean", number: true },
      { title: "std", number: true },
      { title: "min", number: true },
      { title: "max", number: true },
    ],
    rows,
  );
}

/** Width of the report's text, in CSS px: smaller strips are enlarged. */
const SHOWN_WIDTH = 960;

/** Images of some episodes. */
export function renderFilmStrips(strips: readonly FilmStripReport[]): Html | null {
  if (strips.length === 0) return null;
  return html`<h2 id="episodes">Episodes</h2>${
    strips.map((strip) => {
      const { stage, outcome, controlHz, recorded } = strip;
      const { png, width, height } = encodeFilmStrip(strip);
      // What a camera recorded in few pixels is shown as those, not smoothed into other ones.
      const kind = width < SHOWN_WIDTH ? "strip small" : "strip";
      const source = recorded === undefined ? stage : `${stage}, recorded ${recorded}`;
      const caption = `${source}, candidate ${formatCount(outcome.candidate)}: ${
        outcome.success ? "success" : "failure"
      } after ${formatCount(outcome.length)} steps (${formatSeconds(outcome.length / controlHz)})`;
      return html`
        <figure class="${kind}"><figcaption>${caption}</figcaption>
        <img alt="${caption}" width="${width}" height="${height}" src="${pngDataUri(png)}"></figure>
      `;
    })
  }`;
}

function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
