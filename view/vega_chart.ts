import { parse, View } from "vega";
import { compile, type Config, type TopLevelSpec } from "vega-lite";
import { escapeHtml, type Html, trusted } from "./html.ts";
import { COLORS, SANS } from "./palette.ts";

/** Title and description of a chart, for readers who cannot see it. */
export interface ChartText {
  /** Name of the chart; also its heading. */
  readonly title: string;
  /** Description of the content, with the important figures. */
  readonly description: string;
}

/** Outer size in px; text keeps its size on a phone because the charts are drawn this narrow. */
export const CHART_WIDTH = 440;

/** Format of an axis of counts: 500, 1k, 1.5k, where Vega's own would write 0k and 0.5k. */
export const COUNT_AXIS = {
  labelExpr: "format(datum.value, '~s')",
} as const;

const CONFIG: Config = {
  // Colours of text and rules come from the page, which knows whether it is dark.
  background: "transparent",
  font: SANS,
  aria: false,
  padding: { left: 2, right: 8, top: 4, bottom: 2 },
  view: { stroke: null },
  axis: {
    labelColor: COLORS.muted,
    titleColor: COLORS.muted,
    labelFontSize: 11,
    titleFontSize: 11,
    titleFontWeight: "normal",
    gridColor: COLORS.line,
    domainColor: COLORS.muted,
    tickColor: COLORS.muted,
    labelPadding: 4,
    tickSize: 4,
  },
  axisX: { grid: false, titlePadding: 6 },
  axisY: {
    domain: false,
    ticks: false,
    // Equal on all charts, so that the plots of a row begin at one line.
    minExtent: 40,
    maxExtent: 40,
    // Set over the axis: readable without turning the head.
    titleAngle: 0,
    titleAlign: "left",
    titleAnchor: "end",
    titleBaseline: "bottom",
    titleX: -44,
    titleY: -9,
  },
  legend: {
    // Beside the plot, where it covers nothing.
    orient: "right",
    direction: "vertical",
    title: null,
    labelColor: COLORS.text,
    labelFontSize: 11,
    symbolSize: 60,
    symbolStrokeWidth: 2,
    labelLimit: 110,
    offset: 8,
  },
};

/**
 * A Vega-Lite chart as inline SVG.
 *
 * Data stands only in `data.values`, under fixed field names: Vega escapes the texts it draws.
 * No chart may clip: Vega numbers clip paths over the life of the process, and a report must not
 * depend on what was drawn before it.
 */
export async function renderChart(spec: TopLevelSpec, text: ChartText): Promise<Html> {
  const view = new View(parse(compile(spec, { config: CONFIG }).spec), { renderer: "none" });
  try {
    return trusted(labelSvg(await view.toSVG(), text));
  } finally {
    view.finalize();
  }
}

/** Replaces Vega's root element by one that scales with the page and carries its description. */
function labelSvg(svg: string, text: ChartText): string {
  const viewBox = /viewBox="([\d. -]+)"/.exec(svg)?.[1];
  if (viewBox === undefined) throw new TypeError("Cannot label a chart: the SVG has no viewBox");
  const width = viewBox.split(" ")[2]!;
  const body = svg.replace(/^<svg[^>]*>/, "").replace(/<rect[^>]*fill="transparent"><\/rect>/, "");
  return `<svg class="chart" role="img" width="${width}" viewBox="${viewBox}">` +
    `<title>${escapeHtml(text.title)}</title><desc>${escapeHtml(text.description)}</desc>${body}`;
}
