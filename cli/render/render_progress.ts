import { visibleText } from "../../core/visible_text.ts";
import { styleText } from "node:util";
import type { StageLine } from "../../runtime/run/progress.ts";
import type { LogEvent } from "../../runtime/run/run_log.ts";

/** Progress as text: bars for a terminal, lines for a log, events for machines. */

const MARKS: Readonly<Record<StageLine["state"], string>> = {
  waiting: "·",
  running: "▸",
  paused: "‖",
  completed: "✔",
  cached: "✔",
  failed: "✘",
  cancelled: "✘",
  "not needed": "–",
};

const COLOURS: Readonly<
  Record<StageLine["state"], "dim" | "cyan" | "yellow" | "green" | "red">
> = {
  waiting: "dim",
  running: "cyan",
  paused: "yellow",
  completed: "green",
  cached: "green",
  failed: "red",
  cancelled: "red",
  "not needed": "dim",
};

/** Columns of the longest bar, and of the shortest that still says something. */
const BAR = { longest: 30, shortest: 6 } as const;

/** Columns of a line beside name, bar and text; the last one stays free, as some terminals wrap. */
const MARGIN = 5;

/** Options for drawing bars. */
export interface BarOptions {
  /** Columns of the terminal. */
  readonly width: number;
  readonly colour: boolean;
}

/** The stages as bars, one line each, none wider than the terminal. */
export function renderBars(lines: readonly StageLine[], { width, colour }: BarOptions): string {
  const names = Math.max(0, ...lines.map(({ name }) => name.length));
  return lines.map((line) => {
    const fits = names + line.text.length + MARGIN <= width;
    const text = visibleText(fits ? line.text : line.shortText);
    const room = width - names - text.length - MARGIN - 2;
    const fraction = fractionOf(line);
    const bar = fraction === null || room < BAR.shortest
      ? ""
      : `${drawBar(fraction, Math.min(BAR.longest, room))}  `;
    const head = `${MARKS[line.state]} ${line.name.padEnd(names)}  `;
    const rest = `${bar}${text}`.slice(0, Math.max(0, width - head.length - 1));
    if (!colour) return (head + rest).slice(0, width);
    // The choice is the caller's, who knows the stream; styleText() would ask another one.
    return styleText(COLOURS[line.state], head, { validateStream: false }) + rest;
  }).join("\n");
}

/** Returns the completed fraction in [0, 1], or null if a bar would say nothing. */
function fractionOf({ state, work }: StageLine): number | null {
  if (state !== "running" && state !== "paused") return null;
  return work === null || work.total === 0 ? null : Math.min(1, work.done / work.total);
}

function drawBar(fraction: number, width: number): string {
  const full = Math.floor(fraction * width);
  return "█".repeat(full) + "░".repeat(width - full);
}

/** A stage as one line of a log. */
export function renderLine({ name, text }: StageLine): string {
  return `${name}: ${text}`;
}

/** A stage as one event for machines. */
export function stageEvent(line: StageLine): LogEvent {
  const { name, state, work, rate, figure, quarantined } = line;
  return {
    event: "stage",
    stage: name,
    state,
    ...(work === null ? {} : { done: work.done, total: work.total, unit: work.unit }),
    ...(rate === null ? {} : { rate }),
    ...(figure === null ? {} : { [figure.name]: figure.value }),
    ...(quarantined === undefined ? {} : { quarantined }),
  };
}
