import type { Drawing, ReplayComparison, StartOrigin } from "../sim/mod.ts";
import { formatCount, formatNumber, formatSeconds } from "./format.ts";
import { type Html, html } from "./html.ts";

/** Lines over time in one pair of axes. */
export interface PlotModel {
  readonly title: string;
  readonly description: string;
  /** Of the values, empty where they have none. */
  readonly unit: string;
  readonly lines: readonly PlotLine[];
}

export interface PlotLine {
  readonly label: string;
  /** `[steps + 1]` one value a state; null where there is none. */
  readonly values: readonly (number | null)[];
  /** Whether a value holds until the next, as an action does. */
  readonly stepped: boolean;
  /** Dashed: what the replay came to, where it is not what was recorded. */
  readonly dashed: boolean;
}

/** What the script of the page needs. */
export interface ReplayModel {
  /** Control steps per second. */
  readonly controlHz: number;
  readonly steps: number;
  /** Null where there are only plots. */
  readonly drawing: Drawing | null;
  /** `[steps][2]` actions that are points of the drawing's plane; empty where they are not. */
  readonly targets: readonly (readonly number[])[];
  /** Positions in the plane that the policy meant to go through, flat x, y; may be empty. */
  readonly path: readonly number[];
  readonly plots: readonly PlotModel[];
}

/** What the page says. */
export interface ReplayText {
  /** `reach-expert/7`. */
  readonly dataset: string;
  readonly episode: number;
  readonly episodes: number;
  readonly environment: string;
  readonly controlHz: number;
  readonly steps: number;
  readonly comparison: ReplayComparison;
  /** What draws the recorded start, null where that is not known. */
  readonly origin: StartOrigin | null;
  /** How it went: `succeeded`, `truncated` ... */
  readonly outcome: string;
  readonly facts: readonly (readonly [name: string, value: string])[];
}

/** Where a replay began. */
export function describeStart(origin: StartOrigin | null): string {
  if (origin === null) return "the recorded start";
  const { seed, stream, candidate } = origin, of = `candidate ${formatCount(candidate)}`;
  return `the recorded start, which seed ${seed} draws for ${of} of stream ${stream}`;
}

/** A comparison in a word, and in a sentence. */
export function describeComparison(
  { compared, differing, first }: ReplayComparison,
  controlHz: number,
): { readonly verdict: string; readonly detail: string } {
  const all = formatCount(compared);
  if (first === null) {
    const detail = `all ${all} numbers that the simulator gives have the bits that were recorded`;
    return { verdict: "bit-equal", detail };
  }
  const { step, field, component, recorded, replayed } = first;
  const where = component === null ? field : `${field} ${component}`;
  const when = `${formatCount(step)} steps (${formatSeconds(step / controlHz)})`;
  const [was, is] = tellApart(recorded, replayed);
  return {
    verdict: "differs",
    detail: `first after ${when}, in ${where}: recorded ${was}, replayed ${is}; ` +
      `${formatCount(differing)} of ${all} numbers differ`,
  };
}

/** Two numbers with nine digits, which tell float32 apart, or with all. */
function tellApart(recorded: number, replayed: number): readonly [string, string] {
  const short = [recorded, replayed].map((value) => String(Number(value.toPrecision(9))));
  return short[0] === short[1] ? [String(recorded), String(replayed)] : [short[0]!, short[1]!];
}

/** The body of the page; its script fills the viewer and the plots. */
export function renderReplayBody(text: ReplayText, { drawing }: ReplayModel): Html {
  const { dataset, episode, comparison, controlHz, steps } = text;
  const { verdict, detail } = describeComparison(comparison, controlHz);
  const kind = comparison.equal ? "completed" : "failed";
  const next = episode + 1 < text.episodes ? episode + 1 : 0;
  return html`
    <main class="page">
      <header>
        <h1>${dataset}, episode ${episode}<span class="badge ${kind}">${verdict}</span></h1>
        <span
          class="muted">${text.environment} · ${formatCount(steps)} steps at ${formatNumber(
            controlHz,
          )} Hz, ${formatSeconds(steps / controlHz)} · ${text.outcome}</span>
      </header>
      <p
        class="verdict">Simulated again from ${describeStart(
          text.origin,
        )}, by the recorded actions: ${detail}.${comparison.equal
          ? null
          : " Dashed lines are the replay."}</p>
      <div class="columns">
        <section class="stick" aria-label="Episode">
          <div class="viewer ${drawing?.dimensions === 2 ? "planar" : "spatial"}" id="viewer"></div>
          <div class="player" id="player"></div>
        </section>
        <section class="plots" id="plots" aria-label="Quantities over time"></section>
      </div>
      <details class="details" open>
      <summary>This episode</summary>
      <dl>${text.facts.map(([name, value]) =>
        html`
          <dt>${name}</dt>
          <dd>${value}</dd>
        `
      )}</dl>
      ${largestTable(comparison)}
      <p class="muted">Another one: <code>deno task replay ${dataset} --episode ${next}</code> · as a
        video: <code>deno task replay ${dataset} --episode ${episode} --video episode.mp4</code> · for
        programs: <code>--json</code></p>
      </details>
    </main>
  `;
}

function largestTable({ largest }: ReplayComparison): Html | null {
  if (largest.length === 0) return null;
  return html`
    <h3>Largest difference of each field</h3>
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th>field</th>
            <th class="number">after steps</th>
            <th class="number">recorded</th>
            <th class="number">replayed</th>
          </tr>
        </thead>
        <tbody>${largest.map(({ field, component, step, recorded, replayed }) =>
          html`
            <tr>
              <td>${field} ${component}</td>
              <td class="number">${formatCount(step)}</td>
              <td class="number">${formatNumber(recorded)}</td>
              <td class="number">${formatNumber(replayed)}</td>
            </tr>
          `
        )}</tbody>
      </table>
    </div>
  `;
}
