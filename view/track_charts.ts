import type { Html } from "./html.ts";
import { COLORS } from "./palette.ts";
import type { PathReport } from "./report_model.ts";
import { CHART_WIDTH, type ChartText, renderChart } from "./vega_chart.ts";

/** Side of a chart of tracks inside its axes: a square, so that axes have one scale (px). */
const SIDE = 300;

/** Reference and robot from above, in m from the start. */
export function renderTrack({ reference, robot }: PathReport, text: ChartText): Promise<Html> {
  const lines = { reference, robot };
  const values = Object.entries(lines).flatMap(([line, points]) =>
    points.map(([x, y], order) => ({ x, y, line, order }))
  );
  const [x, y] = squareDomains(values);
  return renderChart({
    width: SIDE,
    height: SIDE,
    data: { values },
    mark: { type: "line", strokeWidth: 1.75, strokeJoin: "round" },
    encoding: {
      x: {
        field: "x",
        type: "quantitative",
        title: "x (m)",
        scale: { domain: x, nice: false, zero: false },
        axis: { tickCount: 5, grid: true },
      },
      y: {
        field: "y",
        type: "quantitative",
        title: "y (m)",
        scale: { domain: y, nice: false, zero: false },
        axis: { tickCount: 5 },
      },
      order: { field: "order", type: "quantitative" },
      color: {
        field: "line",
        type: "nominal",
        scale: { domain: ["reference", "robot"], range: [COLORS.muted, COLORS.series[0]!] },
        legend: { symbolType: "stroke" },
      },
    },
  }, text);
}

/** Domains of x and y of the same length around some points. */
function squareDomains(points: readonly { readonly x: number; readonly y: number }[]) {
  const [xs, ys] = [points.map(({ x }) => x), points.map(({ y }) => y)] as const;
  const spanOf = (values: readonly number[]) => [Math.min(...values), Math.max(...values)] as const;
  const x = spanOf(xs), y = spanOf(ys);
  const half = Math.max(x[1] - x[0], y[1] - y[0], 0.1) * 0.53;
  const around = ([low, high]: readonly [number, number]): [number, number] => [
    (low + high) / 2 - half,
    (low + high) / 2 + half,
  ];
  return [around(x), around(y)] as const;
}

/** Mean error (m) over time (s), a line for each path. */
export function renderErrors(paths: readonly PathReport[], text: ChartText): Promise<Html> {
  const names = paths.map(({ name }) => name);
  return renderChart({
    width: CHART_WIDTH,
    height: 230,
    autosize: { type: "fit", contains: "padding" },
    data: {
      values: paths.flatMap(({ name, seconds, errors }) =>
        seconds.map((time, i) => ({ time, error: errors[i]!, path: name }))
      ),
    },
    mark: { type: "line", strokeWidth: 1.5, strokeJoin: "round" },
    encoding: {
      x: { field: "time", type: "quantitative", title: "time (s)", axis: { tickCount: 6 } },
      y: {
        field: "error",
        type: "quantitative",
        title: "error (m)",
        axis: { tickCount: 5, format: "~g" },
      },
      color: {
        field: "path",
        type: "nominal",
        scale: { domain: names, range: COLORS.series.slice(0, names.length) },
        legend: names.length > 1 ? { symbolType: "stroke" } : null,
      },
    },
  }, text);
}
