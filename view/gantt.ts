import { COLORS, SANS } from "./palette.ts";
import { type Html, html } from "./html.ts";

/** One movement of a schedule: control steps `begin` … `end − 1`. */
export interface GanttBar {
  /** Part of the robot that moves. */
  readonly row: string;
  readonly name: string;
  readonly begin: number;
  readonly end: number;
}

/** Height of a row, and width of the chart beside the names of the rows (px). */
const ROW = 34, WIDTH = 720, NAMES = 90;

/** A schedule as a chart: one row per part, time in seconds from the left. */
export function renderGantt(bars: readonly GanttBar[], controlHz: number, title: string): Html {
  const rows = [...new Set(bars.map(({ row }) => row))];
  const steps = Math.max(1, ...bars.map(({ end }) => end));
  const x = (step: number) => Math.round(NAMES + (step / steps) * WIDTH);
  const height = rows.length * ROW + 22;
  const seconds = Math.floor(steps / controlHz);
  const every = Math.max(1, Math.ceil(seconds / 12));
  const ticks = Array.from({ length: Math.floor(seconds / every) + 1 }, (_, i) => i * every);
  return html`<svg role="img" viewBox="0 0 ${NAMES + WIDTH + 20} ${height}" width="${
    NAMES + WIDTH + 20
  }" font-family="${SANS}">
<title>${title}</title>
<desc>${bars.map(({ row, name, begin, end }) => `${row} ${name} ${begin}–${end}`).join("; ")}</desc>
${
    ticks.map((second) =>
      html`
        <line x1="${x(second * controlHz)}" x2="${x(second * controlHz)}" y1="0" y2="${height -
          18}" stroke="${COLORS.line}" />
        <text x="${x(second * controlHz)}" y="${height - 5}" font-size="10.5" text-anchor="middle"
          fill="${COLORS.muted}">${second} s</text>
      `
    )
  }
${
    rows.map((row, i) =>
      html`<text x="0" y="${i * ROW + 20}" font-size="12" fill="${COLORS.text}">${row}</text>`
    )
  }
${
    bars.map(({ row, name, begin, end }, i) => {
      const top = rows.indexOf(row) * ROW + 4, width = Math.max(1, x(end) - x(begin) - 1);
      return html`
        <rect x="${x(begin)}" y="${top}" width="${width}" height="${ROW - 12}" rx="3"
          fill="${COLORS.series[rows.indexOf(row) % COLORS.series.length]!}" opacity="${i % 2 === 0
            ? "0.75"
            : "0.55"}">
          <title>${name}: steps ${begin} to ${end}</title>
        </rect>
        <text x="${x(begin) + INSET}" y="${top + 15}" font-size="10.5" pointer-events="none"
          fill="${COLORS.text}">${fitName(name, width)}</text>
      `;
    })
  }</svg>`;
}

/** Padding beside a name in its bar, and width of one letter of it (px). */
const INSET = 5, LETTER = 6;

/** Shortens a name to the width of a bar (px), or to nothing if the rest would say nothing. */
function fitName(name: string, width: number): string {
  const room = Math.floor((width - 2 * INSET) / LETTER);
  if (name.length <= room) return name;
  return room < 4 ? "" : `${name.slice(0, room - 1)}…`;
}

/** Characters of the longest row of {@linkcode ganttText}, beside the names. */
const CHARACTERS = 60;

/** The same as text, for a terminal: a line a movement, in the order in which they begin. */
export function ganttText(bars: readonly GanttBar[], controlHz: number): string {
  const steps = Math.max(1, ...bars.map(({ end }) => end));
  const rows = [...new Set(bars.map(({ row }) => row))];
  const ordered = bars.toSorted((a, b) =>
    rows.indexOf(a.row) - rows.indexOf(b.row) || a.begin - b.begin
  );
  const width = (pick: (bar: GanttBar) => string) =>
    Math.max(...bars.map((bar) => pick(bar).length));
  const rowWidth = width(({ row }) => row), nameWidth = width(({ name }) => name);
  const at = (step: number) => Math.round((step / steps) * CHARACTERS);
  const lines = ordered.map(({ row, name, begin, end }, i) => {
    const bar = " ".repeat(at(begin)) + "█".repeat(Math.max(1, at(end) - at(begin)));
    const label = row === ordered[i - 1]?.row ? "" : row;
    return `${label.padEnd(rowWidth)}  ${name.padEnd(nameWidth)}  ${
      `${begin}–${end}`.padStart(9)
    }  ${bar}`.trimEnd();
  });
  return [...lines, `${steps} steps, ${(steps / controlHz).toFixed(1)} s`].join("\n");
}
