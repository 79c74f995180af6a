import type { Fan, ReliabilityCurve } from "../learn/scoring.ts";
import type { Html } from "./html.ts";
import { COLORS } from "./palette.ts";
import { CHART_WIDTH, type ChartText, renderChart } from "./vega_chart.ts";

const SIZE = {
  width: CHART_WIDTH,
  autosize: { type: "fit", contains: "padding" },
} as const;

/** Coverage over its nominal value, a line for each component; on the diagonal they agree. */
export function renderReliability(
  curves: readonly ReliabilityCurve[],
  text: ChartText,
): Promise<Html> {
  const names = curves.map(({ name }) => name);
  const share = { scale: { domain: [0, 1] }, axis: { tickCount: 5, format: ".0%", grid: true } };
  const x = { field: "level", type: "quantitative", title: "nominal coverage", ...share } as const;
  const y = { field: "share", type: "quantitative", title: "found", ...share } as const;
  return renderChart({
    ...SIZE,
    height: 300,
    data: {
      values: curves.flatMap(({ name, levels, coverage }) =>
        levels.map((level, i) => ({ level, share: coverage[i]!, name }))
      ),
    },
    layer: [{
      data: { values: [{ level: 0, share: 0 }, { level: 1, share: 1 }] },
      mark: { type: "line", strokeWidth: 1, strokeDash: [4, 3], color: COLORS.muted },
      encoding: { x, y },
    }, {
      mark: { type: "line", strokeWidth: 1.5, point: { size: 18, filled: true } },
      encoding: {
        x,
        y,
        color: {
          field: "name",
          type: "nominal",
          scale: { domain: names, range: [...COLORS.series] },
          legend: names.length > 1 ? { symbolType: "stroke" } : null,
        },
      },
    }],
  }, text);
}

/** Rows of a fan's chart, by what they draw; times in s. */
function fanRows({ futures, actual, stepSeconds }: Fan) {
  const second = (step: number): number => step * stepSeconds;
  return {
    bands: futures.flatMap(({ start, bands }) =>
      bands.flatMap(({ level, low, high }) =>
        low.map((value, i) => ({
          time: second(start + i + 1),
          low: value,
          high: high[i]!,
          fan: `${start} ${level}`,
          level: `central ${Math.round(100 * level)} %`,
        }))
      )
    ),
    medians: futures.flatMap(({ start, median }) =>
      median.map((value, i) => ({ time: second(start + i + 1), value, fan: String(start) }))
    ),
    actual: actual.map((value, step) => ({ time: second(step), value })),
  };
}

/**
 * Renders the actual future as a line, and over it the fans of the predicted futures from several
 * states.
 */
export function renderFan(fan: Fan, text: ChartText): Promise<Html> {
  const { bands, medians, actual } = fanRows(fan);
  const levels = [...new Set(bands.map(({ level }) => level))];
  const x = {
    field: "time",
    type: "quantitative",
    title: "time (s)",
    axis: { tickCount: 6 },
  } as const;
  const y = {
    field: "value",
    type: "quantitative",
    title: fan.unit === null ? fan.name : `${fan.name} (${fan.unit})`,
    scale: { zero: false },
    axis: { tickCount: 5, format: "~r" },
  } as const;
  return renderChart({
    ...SIZE,
    height: 240,
    layer: [{
      data: { values: bands },
      mark: { type: "area", opacity: 0.28 },
      encoding: {
        x,
        y: { ...y, field: "low" },
        y2: { field: "high" },
        detail: { field: "fan", type: "nominal" },
        color: {
          field: "level",
          type: "nominal",
          scale: { domain: levels, range: [...COLORS.series] },
          legend: {},
        },
      },
    }, {
      data: { values: medians },
      mark: { type: "line", strokeWidth: 1.25, strokeDash: [3, 2], color: COLORS.good },
      encoding: { x, y, detail: { field: "fan", type: "nominal" } },
    }, {
      data: { values: actual },
      mark: { type: "line", strokeWidth: 1.75, color: COLORS.text },
      encoding: { x, y },
    }],
  }, text);
}
