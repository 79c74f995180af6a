import type { ComparedPair, VariantSummary, VerdictTable } from "../../core/statistics/mod.ts";
import { renderCurves, renderIntervals } from "../charts.ts";
import { byEffect, describePair, formatDifference, formatP } from "../comparison_text.ts";
import { formatCount, formatMetric, formatNumber } from "../format.ts";
import { type Html, html } from "../html.ts";
import type { ComparisonReport, GateReport } from "../comparison_model.ts";
import { renderFigure, renderTable } from "../table.ts";

/** Curves that one chart still shows apart. */
const MAX_CURVES = 12;

/** Rows that a chart of intervals still shows. */
const MAX_ROWS = 64;

/** Renders which variant is better, and the results of gates. */
export async function renderComparisons(
  comparisons: readonly ComparisonReport[],
  gates: readonly GateReport[],
): Promise<Html | null> {
  if (comparisons.length === 0 && gates.length === 0) return null;
  return html`<h2 id="comparison">Comparison</h2>${await Promise.all(
    comparisons.map(renderComparison),
  )}${gates.map(renderGate)}`;
}

async function renderComparison(
  { stage, table, look, curves }: ComparisonReport,
): Promise<Html> {
  const { metric, pairs, variants } = table, sorted = byEffect(pairs);
  const isShare = variants.every(({ exact }) => exact !== null);
  const values = await renderIntervals(
    variants.slice(0, MAX_ROWS).map(({ name, mean, interval }) => ({
      name: shortName(name, table),
      value: mean,
      interval: interval ?? { low: mean, high: mean },
    })),
    metric,
    isShare ? "percent" : "number",
    { title: `${metric} of ${stage}`, description: `${variants.length} variants` },
  );
  const differences = await renderIntervals(
    sorted.slice(0, MAX_ROWS).map(({ a, b, difference, low, high }) => ({
      name: `${shortName(b, table)} − ${shortName(a, table)}`,
      value: difference,
      interval: { low: low ?? difference, high: high ?? difference },
    })),
    `difference of ${metric}`,
    "difference",
    { title: `Differences of ${stage}`, description: `${pairs.length} pairs of variants` },
  );
  return html`<h3>${stage}</h3>
<p>${sorted.slice(0, 3).map((pair) => html`<span>${describePair(table, pair)}</span><br>`)}${
    look === null
      ? ""
      : html`<span class="muted">Look ${String(look.look)} of ${
        String(look.looks)
      } accepts an error of ${formatNumber(table.alpha)}.</span>`
  }</p>
<div class="charts">${renderFigure(`${metric} with its 95 % interval`, values)}${
    renderFigure(`Differences with their ${levelOf(table)} intervals`, differences)
  }${await renderLosses(stage, table, curves)}</div>
${renderVariants(table)}
${renderPairsTable(sorted, table)}`;
}

async function renderLosses(
  stage: string,
  table: VerdictTable,
  curves: ComparisonReport["curves"],
): Promise<Html | null> {
  if (curves.length === 0) return null;
  const shown = curves.slice(0, MAX_CURVES).map((curve) => ({
    ...curve,
    name: shortName(curve.name, table),
  }));
  const title = curves.length > shown.length
    ? `Validation loss, first ${shown.length} of ${curves.length} variants`
    : "Validation loss";
  const chart = await renderCurves(shown, "validation loss", {
    title: `Learning curves of ${stage}`,
    description: `${shown.length} variants, means over training seeds`,
  });
  return renderFigure(title, chart);
}

/** The level of the intervals of differences: `95 %`. */
function levelOf({ alpha }: VerdictTable): string {
  return `${Number((100 * (1 - alpha)).toPrecision(6))} %`;
}

/** The part of a name that tells it from the others: its factors, where all have one base. */
function shortName(name: string, { variants }: VerdictTable): string {
  const base = (whole: string) => whole.split("[")[0];
  const isShared = variants.every((variant) =>
    variant.name.endsWith("]") && base(variant.name) === base(name)
  );
  return isShared ? name.slice(name.indexOf("[") + 1, -1) : name;
}

function renderVariants({ metric, variants }: VerdictTable): Html {
  const range = (of: VariantSummary["interval"]) =>
    of === null ? "" : `${formatMetric(metric, of.low)} … ${formatMetric(metric, of.high)}`;
  return renderTable(
    [
      { title: "variant" },
      { title: "seeds", number: true },
      { title: "episodes", number: true },
      { title: metric, number: true },
      { title: "95 % interval", number: true },
      { title: "Clopper–Pearson", number: true },
      { title: "over training seeds", number: true },
    ],
    variants.map(({ name, seeds, episodes, mean, interval, exact, spread }) => [
      name,
      formatCount(seeds),
      formatCount(episodes),
      formatMetric(metric, mean),
      range(interval),
      range(exact),
      spread === null
        ? ""
        : `${formatMetric(metric, spread.min)} … ${formatMetric(metric, spread.max)}, std ${
          formatNumber(spread.std)
        }`,
    ]),
    { stacks: true },
  );
}

function renderPairsTable(pairs: readonly ComparedPair[], table: VerdictTable): Html {
  return renderTable(
    [
      { title: "pair" },
      { title: `difference of ${table.metric}, ${levelOf(table)} interval`, number: true },
      { title: "p, adjusted", number: true },
      { title: "method" },
      { title: "verdict" },
    ],
    pairs.map((pair) => [
      `${pair.b} against ${pair.a}`,
      formatDifference(pair),
      formatP(pair.p),
      pair.method,
      html`<strong>${pair.verdict}</strong>`,
    ]),
    { stacks: true },
  );
}

function renderGate({ stage, conditions }: GateReport): Html {
  return html`<h3>${stage}</h3>${
    renderTable(
      [
        { title: "condition" },
        { title: "found", number: true },
        { title: "difference, 95 % interval", number: true },
        { title: "verdict" },
      ],
      conditions.map(({ condition, metric, found, by, holds, interval }) => [
        condition,
        formatMetric(metric, found),
        interval === null ? "" : `${formatNumber(interval.low)} … ${formatNumber(interval.high)}`,
        holds ? "holds" : html`<strong>fails by ${formatNumber(by)}</strong>`,
      ]),
      { stacks: true },
    )
  }`;
}
