import { summarizeSample, wilsonInterval } from "../../core/statistics/mod.ts";
import { renderCurves, renderIntervals, renderOutcomes } from "../charts.ts";
import { formatCount, formatNumber, formatPercent } from "../format.ts";
import { type Html, html } from "../html.ts";
import type { EvaluationReport, TrainingReport } from "../report_model.ts";
import { renderFigure, renderPairs, renderTable } from "../table.ts";

/** Learning curves. */
export async function renderTrainings(trainings: readonly TrainingReport[]): Promise<Html | null> {
  if (trainings.length === 0) return null;
  return html`<h2 id="training">Training</h2>${await Promise.all(trainings.map(renderTraining))}`;
}

async function renderTraining(training: TrainingReport): Promise<Html> {
  const { stage, model, parameters, steps, total, best, lossName, losses, learningRate } = training;
  const charts = [renderFigure(
    "Loss",
    await renderCurves(losses, lossName, {
      title: `Loss of ${stage}`,
      description: `Over ${steps} optimiser steps`,
    }),
  )];
  if (learningRate) {
    const chart = await renderCurves([learningRate], "learning rate", {
      title: `Learning rate of ${stage}`,
      description: `Over ${steps} optimiser steps`,
    }, "linear");
    charts.push(renderFigure("Learning rate", chart));
  }
  return html`<h3>${stage}</h3>
${
    renderPairs({
      model,
      ...(parameters === null ? {} : { parameters: formatCount(parameters) }),
      steps: steps === total
        ? formatCount(steps)
        : `${formatCount(steps)} of ${formatCount(total)}`,
      ...(best === null ? {} : {
        best_validation_loss: `${formatNumber(best.loss)} at step ${formatCount(best.step)}`,
      }),
    })
  }
<div class="charts">${charts}</div>`;
}

/** Evaluations whose episodes are drawn, and whose intervals fit into one chart. */
const MOST_SCATTERS = 8, MOST_INTERVALS = 40;

/** Evaluations with their 95 % intervals; several of them side by side. */
export async function renderEvaluations(
  evaluations: readonly EvaluationReport[],
): Promise<Html | null> {
  const measured = evaluations.filter(({ episodes }) => episodes.length > 0);
  if (measured.length === 0) return null;
  const labels = labelsOf(measured);
  const success = measured.map(({ episodes }, index) => {
    const successes = episodes.filter(({ success }) => success).length;
    const interval = wilsonInterval(successes, episodes.length);
    return { name: labels[index]!, value: successes / episodes.length, interval };
  });
  const rates = measured.length > MOST_INTERVALS
    ? null
    : await renderIntervals(success, "success_rate", "percent", {
      title: "success_rate",
      description: success.map(({ name, value }) => `${name} ${formatPercent(value)}`).join(", "),
    });
  const scatters = await Promise.all(
    measured.slice(0, MOST_SCATTERS).map(async ({ stage, episodes }) =>
      renderFigure(
        `Return over length, ${stage}`,
        await renderOutcomes(episodes, {
          title: `Episodes of ${stage}`,
          description: `${episodes.length} episodes by length and return`,
        }),
      )
    ),
  );
  const intervals = rates === null
    ? ""
    : renderFigure("success_rate with its 95 % Wilson interval", rates);
  return html`<h2 id="evaluation">Evaluation</h2>
${renderEvaluationTable(measured)}
<div class="charts">${intervals}${scatters}</div>`;
}

/** Labels of evaluations in a chart: of the stage with most variants, the factors alone. */
function labelsOf(evaluations: readonly EvaluationReport[]): readonly string[] {
  const parsed = evaluations.map(({ stage }) => {
    const [, base = stage, factors] = /^(.*)\[(.*)\]$/.exec(stage) ?? [];
    return { stage, base, factors };
  });
  const counts = new Map<string, number>();
  for (const { base } of parsed) counts.set(base, (counts.get(base) ?? 0) + 1);
  const most = Math.max(...counts.values());
  const known = [...counts].find(([, count]) => count === most && count > 1)?.[0];
  return parsed.map(({ stage, base, factors }) => base === known ? factors ?? stage : stage);
}

function renderEvaluationTable(evaluations: readonly EvaluationReport[]): Html {
  return renderTable(
    [
      { title: "stage" },
      { title: "policy" },
      { title: "episodes", number: true },
      { title: "success_rate, 95 % interval", number: true },
      { title: "mean_reward ± std", number: true },
      { title: "min_reward", number: true },
      { title: "max_reward", number: true },
      { title: "mean_episode_length", number: true },
    ],
    evaluations.map(({ stage, policy, episodes }) => {
      const successes = episodes.filter(({ success }) => success).length;
      const { low, high } = wilsonInterval(successes, episodes.length);
      const reward = summarizeSample(episodes.map((episode) => episode.return));
      const length = summarizeSample(episodes.map((episode) => episode.length));
      return [
        stage,
        policy,
        formatCount(episodes.length),
        `${formatPercent(successes / episodes.length)} (${formatPercent(low)} … ${
          formatPercent(high)
        })`,
        `${formatNumber(reward.mean)} ± ${formatNumber(reward.std)}`,
        formatNumber(reward.min),
        formatNumber(reward.max),
        formatNumber(length.mean),
      ];
    }),
    { stacks: true },
  );
}
