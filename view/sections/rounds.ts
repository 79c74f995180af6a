import { wilsonInterval } from "../../core/statistics/mod.ts";
import { formatCount, formatPercent } from "../format.ts";
import { type Html, html } from "../html.ts";
import type { RoundReport, RoundsReport, RoundSuccess } from "../rounds_model.ts";
import { renderRoundData, renderRoundSuccess } from "../round_charts.ts";
import { renderFigure, renderTable } from "../table.ts";

/** Rounds of learning: success and data by round. */
export async function renderRounds(rounds: readonly RoundsReport[]): Promise<Html | null> {
  if (rounds.length === 0) return null;
  return html`<h2 id="rounds">Rounds</h2>${await Promise.all(rounds.map(renderVariant))}`;
}

async function renderVariant({ variant, kept, rounds }: RoundsReport): Promise<Html> {
  const last = rounds.at(-1)!; // there is one, where there is a report
  const success = await renderRoundSuccess(rounds, kept, {
    title: `Success by round${variant}`,
    description: last.success.map(({ name, successes, episodes }) =>
      `${name}: ${successes} of ${episodes} in round ${last.round}`
    ).join(", "),
  });
  const data = await renderRoundData(rounds, {
    title: `Data by round${variant}`,
    description: `${countText(last.steps)} steps in round ${last.round}`,
  });
  return html`${variant === "" ? "" : html`<h3>${variant}</h3>`}
<p>${keptText(kept)}</p>
${renderRoundTable(rounds, kept)}
<div class="charts">${renderFigure("Success by round, with 95 % Wilson intervals", success)}${
    renderFigure("Steps of the dataset, and labelled steps, by round", data)
  }</div>`;
}

function keptText(kept: number | null): string {
  return kept === null
    ? "Round 0 is the plain clone."
    : `The policy of round ${kept} was kept, by its validation. Round 0 is the plain clone.`;
}

function renderRoundTable(rounds: readonly RoundReport[], kept: number | null): Html {
  const names = [...new Set(rounds.flatMap(({ success }) => success.map(({ name }) => name)))];
  return renderTable(
    [
      { title: "round" },
      { title: "episodes", number: true },
      { title: "steps", number: true },
      { title: "labelled_steps", number: true },
      ...names.map((name) => ({ title: name, number: true })),
    ],
    rounds.map(({ round, episodes, steps, labelledSteps, success }) => [
      round === kept ? `${round}, kept` : String(round),
      countText(episodes),
      countText(steps),
      countText(labelledSteps),
      ...names.map((name) => successText(success.find((own) => own.name === name))),
    ]),
    { stacks: true },
  );
}

function successText(success: RoundSuccess | undefined): string {
  if (success === undefined) return "";
  const { successes, episodes } = success, { low, high } = wilsonInterval(successes, episodes);
  return `${formatPercent(successes / episodes)} (${formatPercent(low)} … ${formatPercent(high)})`;
}

function countText(count: number | null): string {
  return count === null ? "" : formatCount(count);
}
