import { formatCount, formatMetric, formatNumber } from "../format.ts";
import { type Html, html } from "../html.ts";
import type { ScoreReport } from "../report_model.ts";
import { renderFan, renderReliability } from "../score_charts.ts";
import { renderFigure, renderPairs, renderTable } from "../table.ts";

/** Suffixes of the names of reference metrics: `nll_mix_base` is shown beside `nll_mix`. */
const REFERENCES = ["gaussian", "base", "persistence", "constant_velocity", "off", "250"] as const;

/** Renders how well trained models predict. */
export async function renderScores(scores: readonly ScoreReport[]): Promise<Html | null> {
  if (scores.length === 0) return null;
  return html`<h2 id="predictions">Predictions</h2>${await Promise.all(scores.map(renderScore))}`;
}

async function renderScore(score: ScoreReport): Promise<Html> {
  const { stage, model, scored, split, episodes, reliability, fans } = score;
  const groups = [...new Set(reliability.map(({ group }) => group))];
  const diagrams = await Promise.all(groups.map(async (group) => {
    const curves = reliability.filter((curve) => curve.group === group);
    const chart = await renderReliability(curves, {
      title: `Reliability, ${group}`,
      description: `Coverage of central intervals of ${curves.length} components, ${group}`,
    });
    return renderFigure(`Reliability: ${group}`, chart);
  }));
  const futures = await Promise.all(fans.map(async (fan) => {
    const title = `${fan.name} in episode ${fan.episode}`;
    const chart = await renderFan(fan, {
      title,
      description: `Actual future, and ${fan.futures.length} predicted futures`,
    });
    return renderFigure(title, chart);
  }));
  return html`<h3>${stage}</h3>
${
    renderPairs({
      model: `${scored} (${model})`,
      episodes: `${formatCount(episodes)} of split ${split}`,
      ...speedOf(score),
    })
  }
${renderMetrics(score)}
<div class="charts">${diagrams}</div>
<p>Futures: the line is the actual future. From states along it, the model's predictions are shown as
medians and central intervals.</p>
<div class="charts">${futures}</div>`;
}

/** Both speeds, said plainly. */
function speedOf({ metrics }: ScoreReport): Record<string, string> {
  const samples = Number(metrics["samples_per_second"]);
  const steps = Number(metrics["simulator_steps_per_second"]);
  if (!(samples > 0) || !(steps > 0)) return {};
  const [ratio, word] = samples > steps ? [samples / steps, "more"] : [steps / samples, "fewer"];
  return {
    speed:
      `${formatCount(samples)} samples per second, ${formatNumber(ratio)} times ${word} than ` +
      `the ${formatCount(steps)} steps of the simulator`,
  };
}

/** Renders every metric, with its references. */
function renderMetrics({ metrics }: ScoreReport): Html {
  const names = Object.keys(metrics).filter((name) => !name.endsWith("_per_second"));
  const isReference = (name: string): boolean =>
    REFERENCES.some((end) => names.includes(name.slice(0, -end.length - 1)) && name.endsWith(end));
  return renderTable(
    [{ title: "metric" }, { title: "value", number: true }, { title: "references" }],
    names.filter((name) => !isReference(name)).sort().map((name) => [
      name,
      formatMetric(name, metrics[name]!),
      REFERENCES.filter((end) => names.includes(`${name}_${end}`)).map((end) =>
        `${end.replaceAll("_", " ")} ${formatMetric(name, metrics[`${name}_${end}`]!)}`
      ).join(", "),
    ]),
  );
}
