import type { Html } from "./html.ts";
import { COLORS } from "./palette.ts";
import type { ProgressReport } from "./report_model.ts";
import { CHART_WIDTH, type ChartText, renderChart } from "./vega_chart.ts";

/** The median over time (s) with a band around it. */
export function renderBand(
  { name, seconds, low, median, high }: ProgressReport,
  text: ChartText,
): Promise<Html> {
  const values = seconds.map((time, i) => ({
    time,
    low: low[i]!,
    median: median[i]!,
    high: high[i]!,
  }));
  const x = {
    field: "time",
    type: "quantitative",
    title: "time (s)",
    axis: { tickCount: 6 },
  } as const;
  const y = { type: "quantitative", title: name, axis: { tickCount: 5, format: "~g" } } as const;
  return renderChart({
    width: CHART_WIDTH,
    height: 230,
    autosize: { type: "fit", contains: "padding" },
    data: { values },
    layer: [{
      mark: { type: "area", opacity: 0.28, color: COLORS.series[0]! },
      encoding: { x, y: { ...y, field: "low" }, y2: { field: "high" } },
    }, {
      mark: { type: "line", strokeWidth: 1.75, color: COLORS.series[0]! },
      encoding: { x, y: { ...y, field: "median" } },
    }],
  }, text);
}
