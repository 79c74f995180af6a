import { wilsonInterval } from "../core/statistics/mod.ts";
import type { Html } from "./html.ts";
import { COLORS } from "./palette.ts";
import type { RoundReport } from "./rounds_model.ts";
import { CHART_WIDTH, type ChartText, COUNT_AXIS, renderChart } from "./vega_chart.ts";

const SIZE = {
  width: CHART_WIDTH,
  height: 230,
  autosize: { type: "fit", contains: "padding" },
} as const;

/** Ends of the axis of a success rate. */
const RATES: number[] = [0, 1];

const ROUND = {
  field: "round",
  type: "quantitative",
  title: "round",
  scale: { padding: 12, nice: false },
  axis: { tickMinStep: 1, format: "d" },
} as const;

/** Success rates with their 95 % Wilson intervals by round, and a rule at the kept one. */
export function renderRoundSuccess(
  rounds: readonly RoundReport[],
  kept: number | null,
  text: ChartText,
): Promise<Html> {
  const values = rounds.flatMap(({ round, success }) =>
    success.map(({ name, successes, episodes }) => {
      const { low, high } = wilsonInterval(successes, episodes);
      return { round, name, rate: successes / episodes, low, high };
    })
  );
  const names = [...new Set(values.map(({ name }) => name))];
  const color = {
    field: "name",
    type: "nominal",
    scale: { domain: names, range: COLORS.series.slice(0, names.length) },
    legend: names.length > 1 ? { symbolType: "stroke" } : null,
  } as const;
  const y = {
    type: "quantitative",
    title: "success_rate",
    scale: { domain: RATES },
    axis: { tickCount: 5, format: ".0%" },
  } as const;
  return renderChart({
    ...SIZE,
    data: { values },
    layer: [
      {
        data: { values: kept === null ? [] : [{ round: kept }] },
        mark: { type: "rule", strokeDash: [3, 3], color: COLORS.muted },
        encoding: { x: ROUND },
      },
      {
        mark: { type: "line", strokeWidth: 1.75, point: { size: 45 } },
        encoding: { x: ROUND, y: { ...y, field: "rate" }, color },
      },
      {
        mark: { type: "rule", strokeWidth: 1.75, opacity: 0.6 },
        encoding: { x: ROUND, y: { ...y, field: "low" }, y2: { field: "high" }, color },
      },
    ],
  }, text);
}

/** Steps of the dataset, and those at which an expert was asked, by round. */
export function renderRoundData(rounds: readonly RoundReport[], text: ChartText): Promise<Html> {
  const values = rounds.flatMap(({ round, steps, labelledSteps }) => [
    ...(steps === null ? [] : [{ round, name: "steps", count: steps }]),
    ...(labelledSteps === null ? [] : [{ round, name: "labelled", count: labelledSteps }]),
  ]);
  const names = [...new Set(values.map(({ name }) => name))];
  return renderChart({
    ...SIZE,
    data: { values },
    mark: { type: "line", strokeWidth: 1.75, point: { size: 45 } },
    encoding: {
      x: ROUND,
      y: {
        field: "count",
        type: "quantitative",
        title: "steps",
        scale: { zero: true },
        axis: { tickCount: 5, ...COUNT_AXIS },
      },
      color: {
        field: "name",
        type: "nominal",
        scale: { domain: names, range: COLORS.series.slice(0, names.length) },
        legend: names.length > 1 ? { symbolType: "stroke" } : null,
      },
    },
  }, text);
}
