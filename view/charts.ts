import type { Histogram, Interval } from "../core/statistics/mod.ts";
import type { Html } from "./html.ts";
import { COLORS } from "./palette.ts";
import type { Curve, EpisodeOutcome } from "./report_model.ts";
import { thinCurve } from "./thin_curve.ts";
import { CHART_WIDTH, type ChartText, COUNT_AXIS, renderChart } from "./vega_chart.ts";

const SIZE = {
  width: CHART_WIDTH,
  height: 230,
  autosize: { type: "fit", contains: "padding" },
} as const;

/** Most points that a scatter plot shows; more would only be ink. */
const MAX_POINTS = 1000;

/** Stacked bars over shared bins, one colour per group. */
export function renderHistogram(
  histogram: Histogram,
  yTitle: string,
  text: ChartText,
  colors: readonly string[] = COLORS.series,
): Promise<Html> {
  const values = histogram.groups.flatMap(({ name, counts }, order) =>
    counts.map((count, bin) => ({
      low: histogram.edges[bin]!,
      high: histogram.edges[bin + 1]!,
      count,
      group: name,
      order,
    })).filter(({ count }) => count > 0)
  );
  const groups = histogram.groups.map(({ name }) => name);
  return renderChart({
    ...SIZE,
    data: { values },
    mark: { type: "bar", binSpacing: 0.5 },
    encoding: {
      x: {
        field: "low",
        type: "quantitative",
        bin: { binned: true },
        title: withUnit(histogram.name, histogram.unit),
        scale: { zero: false, nice: false },
        axis: { tickCount: 7 },
      },
      x2: { field: "high" },
      y: {
        field: "count",
        type: "quantitative",
        stack: "zero",
        title: yTitle,
        axis: { tickCount: 5, tickMinStep: 1, format: ",d" },
      },
      color: {
        field: "group",
        type: "nominal",
        scale: { domain: groups, range: colors.slice(0, groups.length) },
        legend: groups.length > 1 ? {} : null,
      },
      order: { field: "order", type: "quantitative" },
    },
  }, text);
}

/**
 * Lines over optimiser steps.
 *
 * @param scale `auto`: logarithmic where the values span it
 */
export function renderCurves(
  curves: readonly Curve[],
  yTitle: string,
  text: ChartText,
  scale: "auto" | "linear" = "auto",
): Promise<Html> {
  const drawn = curves.filter(({ steps }) => steps.length > 0).map(thinCurve);
  const values = drawn.flatMap(({ name, steps, values }) =>
    steps.map((step, i) => ({ step, value: values[i]!, curve: name }))
  );
  const names = drawn.map(({ name }) => name);
  const log = scale === "auto" && spansDecades(values.map(({ value }) => value));
  return renderChart({
    ...SIZE,
    data: { values },
    mark: {
      type: "line",
      strokeWidth: 1.75,
      strokeJoin: "round",
      // A line of one point would not be seen.
      point: drawn.some(({ steps }) => steps.length === 1),
    },
    encoding: {
      x: {
        field: "step",
        type: "quantitative",
        title: "optimiser step",
        axis: { tickCount: 6, ...COUNT_AXIS },
      },
      y: {
        field: "value",
        type: "quantitative",
        title: log ? `${yTitle} (log scale)` : yTitle,
        scale: log ? { type: "log", nice: true } : { zero: true },
        axis: { tickCount: 5, format: "~g" },
      },
      color: {
        field: "curve",
        type: "nominal",
        scale: { domain: names, range: COLORS.series.slice(0, names.length) },
        legend: names.length > 1 ? { symbolType: "stroke" } : null,
      },
    },
  }, text);
}

/** Ratio above which a linear axis would squeeze most of a curve onto its bottom line. */
const LOG_RATIO = 20;

function spansDecades(values: readonly number[]): boolean {
  const low = values.reduce((a, b) => Math.min(a, b), Infinity);
  const high = values.reduce((a, b) => Math.max(a, b), -Infinity);
  return low > 0 && high / low >= LOG_RATIO;
}

/** One bar of {@linkcode renderBars}. */
export interface Bar {
  readonly name: string;
  readonly group: string;
  readonly count: number;
}

/** Horizontal bars with their counts, in the given order, one colour per group. */
export function renderBars(bars: readonly Bar[], xTitle: string, text: ChartText): Promise<Html> {
  const groups = [...new Set(bars.map(({ group }) => group))];
  const y = {
    field: "name",
    type: "nominal",
    sort: null,
    title: null,
    axis: {
      domain: true,
      labelLimit: 170,
      minExtent: 0,
      maxExtent: 180,
      labelFontSize: 11,
      labelColor: COLORS.text,
    },
  } as const;
  const x = {
    field: "count",
    type: "quantitative",
    title: xTitle,
    axis: { grid: true, tickCount: 4, tickMinStep: 1, format: ",d" },
  } as const;
  return renderChart({
    width: CHART_WIDTH,
    height: 70 + 26 * bars.length,
    autosize: { type: "fit", contains: "padding" },
    data: { values: [...bars] },
    layer: [{
      mark: { type: "bar", height: { band: 0.62 } },
      encoding: {
        y,
        x,
        color: {
          field: "group",
          type: "nominal",
          scale: { domain: groups, range: COLORS.series.slice(0, groups.length) },
          legend: groups.length > 1 ? {} : null,
        },
      },
    }, {
      mark: { type: "text", align: "left", dx: 4, color: COLORS.text, fontSize: 11 },
      encoding: { y, x, text: { field: "count", type: "quantitative", format: ",d" } },
    }],
  }, text);
}

/** One row of {@linkcode renderIntervals}. */
export interface Estimate {
  readonly name: string;
  readonly value: number;
  readonly interval: Interval;
}

/** Height of a line of {@linkcode renderIntervals} (px): the more there are, the closer they stand. */
function lineHeight(count: number): number {
  return count <= 12 ? 30 : 18;
}

/** Point estimates with their intervals, one line each; of differences, with a rule at 0. */
export function renderIntervals(
  estimates: readonly Estimate[],
  xTitle: string,
  format: "percent" | "number" | "difference",
  text: ChartText,
): Promise<Html> {
  const values = estimates.map(({ interval, ...rest }) => ({ ...rest, ...interval }));
  // Names of variants, of a difference two. Without a canvas, Vega takes texts for wider than they are.
  const labelLimit = 200;
  const y = {
    field: "name",
    type: "nominal",
    sort: null,
    title: null,
    axis: {
      grid: true,
      minExtent: 0,
      maxExtent: labelLimit + 10,
      labelLimit,
      labelColor: COLORS.text,
    },
  } as const;
  const scale = format === "percent" ? { domain: [0, 1] } : { zero: false, padding: 12 };
  const zero = {
    mark: { type: "rule" as const, strokeDash: [4, 3], color: COLORS.muted },
    encoding: { x: { datum: 0 } },
  };
  const axis = { grid: true, tickCount: 5, format: format === "percent" ? ".0%" : "~g" };
  return renderChart({
    width: CHART_WIDTH,
    height: 64 + lineHeight(estimates.length) * estimates.length,
    autosize: { type: "fit", contains: "padding" },
    data: { values },
    layer: [...(format === "difference" ? [zero] : []), {
      mark: { type: "rule", strokeWidth: 2, color: COLORS.good },
      encoding: {
        y,
        x: { field: "low", type: "quantitative", title: xTitle, scale, axis },
        x2: { field: "high" },
      },
    }, {
      mark: { type: "point", filled: true, size: 70, opacity: 1, color: COLORS.good },
      encoding: { y, x: { field: "value", type: "quantitative", title: xTitle, scale, axis } },
    }],
  }, text);
}

/** Return over length, one mark per episode; failures are crosses, so that colour is not needed. */
export function renderOutcomes(
  episodes: readonly EpisodeOutcome[],
  text: ChartText,
): Promise<Html> {
  const values = episodes.slice(0, MAX_POINTS).map(({ success, length, return: total }) => ({
    length,
    total,
    outcome: success ? "success" : "failure",
  }));
  const domain = ["success", "failure"].filter((name) =>
    values.some(({ outcome }) => outcome === name)
  );
  const range = domain.map((name) => name === "success" ? COLORS.good : COLORS.bad);
  return renderChart({
    ...SIZE,
    data: { values },
    mark: { type: "point", size: 32, strokeWidth: 1.25, opacity: 0.75 },
    encoding: {
      x: {
        field: "length",
        type: "quantitative",
        title: "episode length (steps)",
        scale: { zero: false, padding: 8 },
        axis: { tickCount: 6, tickMinStep: 1, format: ",d" },
      },
      y: {
        field: "total",
        type: "quantitative",
        title: "return",
        scale: { zero: false, padding: 8 },
        axis: { tickCount: 5, format: "~r" },
      },
      color: { field: "outcome", type: "nominal", scale: { domain, range } },
      shape: {
        field: "outcome",
        type: "nominal",
        scale: { domain, range: domain.map((name) => name === "success" ? "circle" : "cross") },
      },
    },
  }, text);
}

function withUnit(name: string, unit: string | null): string {
  return unit === null ? name : `${name} (${unit})`;
}
