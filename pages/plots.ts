/// <reference lib="dom" />
import uPlot from "uplot";
import type { PlotLine, PlotModel } from "../view/replay_page.ts";
import { element, onThemeChange, themeColour } from "./elements.ts";

/** Colours of lines, in order: those of reports, then the same ones paler. */
const COLOURS = ["blue", "orange", "teal", "purple", "red", "muted"];

const AXIS_FONT = "11px system-ui, sans-serif";

export interface PlotsOptions {
  /** See {@linkcode Plots.load}. */
  readonly plots: readonly PlotModel[];
  /** Control steps per second. */
  readonly controlHz: number;
  /** Called with the steps done at the point of time that was clicked. */
  readonly onSeek: (step: number) => void;
}

/** Plots below each other over the same time, with a mark at the present. */
export class Plots {
  readonly #options: PlotsOptions;
  readonly #place: HTMLElement;
  #models: readonly PlotModel[];
  #plots: readonly Plot[] = [];
  #step = 0;

  constructor(place: HTMLElement, options: PlotsOptions) {
    this.#place = place;
    this.#options = options;
    this.#models = options.plots;
    this.#build();
    onThemeChange(() => this.#build());
  }

  show(step: number): void {
    this.#step = step;
    for (const plot of this.#plots) plot.show(step);
  }

  /** Shows other plots. */
  load(models: readonly PlotModel[]): void {
    this.#models = models;
    this.#step = 0;
    this.#build();
  }

  #build(): void {
    for (const plot of this.#plots) plot.remove();
    this.#place.replaceChildren();
    this.#plots = this.#models.map((model) => new Plot(this.#place, model, this.#options));
    this.show(this.#step);
  }
}

/** A figure with its caption and legend, where the chart goes, and where the present values do. */
function makeFigure(model: PlotModel) {
  const figure = element("figure", { className: "plot" });
  const caption = element("figcaption", { title: model.description });
  const unit = model.unit === "" ? "" : `, ${model.unit}`;
  caption.append(element("b", { textContent: `${model.title}${unit}` }));
  const legend = element("span", { className: "legend" });
  const values = model.lines.map((line, i) => {
    const entry = element("span"), key = element("i"), value = element("span");
    key.style.borderTopColor = colourOf(model.lines, i);
    key.style.borderTopStyle = line.dashed ? "dashed" : "solid";
    entry.append(key, line.label === "" ? "" : `${line.label} `, value);
    legend.append(entry);
    return value;
  });
  caption.append(legend);
  const area = element("div", { className: "area" });
  figure.append(caption, area);
  return { figure, area, values };
}

/** An axis in the colours of the page; `side` as uPlot counts: 2 is the bottom, 3 the left. */
function axisOn(side: number, label: string | undefined, size: number) {
  return {
    ...(label === undefined ? {} : { label, labelSize: 16, labelFont: AXIS_FONT }),
    side,
    size,
    // So close that a plot this low has a number above and one below its middle (px).
    ...(side === 3 ? { space: 20 } : {}),
    font: AXIS_FONT,
    stroke: themeColour("muted"),
    grid: { stroke: themeColour("line"), width: 1 },
    ticks: { stroke: themeColour("line"), width: 1, size: 4 },
  };
}

class Plot {
  readonly #chart: uPlot;
  readonly #model: PlotModel;
  readonly #values: readonly HTMLElement[];
  readonly #controlHz: number;
  readonly #observer: ResizeObserver;
  /** The present time; an element, for drawing all lines again would take too long for a film. */
  readonly #mark = element("div", { className: "mark" });
  #step = 0;

  constructor(place: HTMLElement, model: PlotModel, { controlHz, onSeek }: PlotsOptions) {
    this.#model = model;
    this.#controlHz = controlHz;
    const { figure, area, values } = makeFigure(model);
    this.#values = values;
    place.append(figure);

    const times = Array.from(model.lines[0]!.values, (_, state) => state / controlHz);
    const size = () => ({ width: area.clientWidth, height: area.clientHeight });
    this.#chart = new uPlot(
      {
        ...size(),
        legend: { show: false },
        cursor: { drag: { setScale: false, x: false, y: false }, points: { show: false } },
        scales: { x: { time: false }, y: { range: rangeOf } },
        axes: [axisOn(2, "time, s", 22), axisOn(3, undefined, 54)],
        series: [
          {},
          ...model.lines.map((line, i) => ({
            label: line.label,
            stroke: colourOf(model.lines, i),
            width: 1.6,
            points: { show: false },
            ...(line.dashed ? { dash: [5, 4] } : {}),
            ...(line.stepped ? { paths: uPlot.paths.stepped!({ align: 1 }) } : {}),
          })),
        ],
        hooks: { setSize: [() => this.#moveMark()] },
      },
      [times, ...model.lines.map(({ values }) => [...values])],
      area,
    );
    this.#chart.over.append(this.#mark);
    this.#chart.over.addEventListener("click", (event) => {
      onSeek(Math.round(this.#chart.posToVal(event.offsetX, "x") * controlHz));
    });
    this.#observer = new ResizeObserver(() => this.#chart.setSize(size()));
    this.#observer.observe(area);
  }

  show(step: number): void {
    this.#step = step;
    const state = Math.floor(step);
    this.#model.lines.forEach(({ values }, i) => {
      const value = values[state] ?? null;
      this.#values[i]!.textContent = value === null ? "–" : formatValue(value);
    });
    this.#moveMark();
  }

  remove(): void {
    this.#observer.disconnect();
    this.#chart.destroy();
  }

  #moveMark(): void {
    const x = this.#chart.valToPos(this.#step / this.#controlHz, "x");
    this.#mark.style.transform = `translateX(${x - 1}px)`;
  }
}

/** Solid lines take colours in turn; a dashed one has that of the solid one before it. */
function colourOf(lines: readonly PlotLine[], index: number): string {
  const at = lines.slice(0, index + 1).filter(({ dashed }) => !dashed).length - 1;
  const colour = themeColour(COLOURS[at % COLOURS.length]!);
  return at < COLOURS.length ? colour : `color-mix(in srgb, ${colour} 45%, ${themeColour("page")})`;
}

/** Returns a range with a little room around the lines, or a band around a constant one. */
function rangeOf(_: uPlot, low: number | null, high: number | null): [number, number] {
  if (low === null || high === null) return [0, 1];
  const room = high > low ? 0.06 * (high - low) : Math.max(0.05, 0.1 * Math.abs(high));
  return [low - room, high + room];
}

/** A number to three decimals or so, in powers of ten where it is tiny or huge. */
export function formatValue(value: number): string {
  const magnitude = Math.abs(value);
  if (magnitude !== 0 && (magnitude < 1e-3 || magnitude >= 1e5)) {
    return value.toExponential(2).replaceAll("-", "−");
  }
  return value.toFixed(magnitude >= 100 ? 1 : magnitude >= 10 ? 2 : 3).replace("-", "−");
}
