import type { EpisodeSchema } from "../core/episode.ts";
import type { Drawing, Replay, ReplayComparison, StartOrigin } from "../sim/mod.ts";
import { formatCount, formatNumber, formatOrdinal, formatSeconds } from "./format.ts";
import { type Html, html } from "./html.ts";

/** Lines over time in one pair of axes. */
export interface PlotModel {
  readonly title: string;
  readonly description: string;
  /** Unit of the values, empty if they have none. */
  readonly unit: string;
  readonly lines: readonly PlotLine[];
}

export interface PlotLine {
  readonly label: string;
  /** Values `[steps + 1]`, one per state; null if there is none. */
  readonly values: readonly (number | null)[];
  /** Whether a value holds until the next, as an action does. */
  readonly stepped: boolean;
  /** Whether the line is dashed: replayed values that differ from the recorded ones. */
  readonly dashed: boolean;
}

/** Data of the page's script. */
export interface ReplayModel {
  /** Control steps per second. */
  readonly controlHz: number;
  readonly steps: number;
  /** Null if there are only plots. */
  readonly drawing: Drawing | null;
  /** `[steps][2]` actions that are points of the drawing's plane; empty if they are not. */
  readonly targets: readonly (readonly number[])[];
  /** Positions in the plane that the policy meant to go through, flat x, y; may be empty. */
  readonly path: readonly number[];
  readonly plots: readonly PlotModel[];
}

/** Text of the page. */
export interface ReplayText {
  /** `reach-expert/7, episode 12`. */
  readonly title: string;
  /** Position among the episodes that the page can show, null for a single one. */
  readonly position: EpisodePosition | null;
  /**
   * Commands that show another episode, null if there is none, and that render a video of this one.
   */
  readonly commands: { readonly another: string | null; readonly video: string };
  readonly environment: string;
  readonly controlHz: number;
  readonly steps: number;
  readonly verdict: ReplayVerdict;
  /** Outcome: `succeeded`, `truncated` ...; null if it was not recorded. */
  readonly outcome: string | null;
  readonly facts: readonly (readonly [name: string, value: string])[];
}

/** Position of an episode among others, for the links to its neighbours. */
export interface EpisodePosition {
  /** Index, from 0. */
  readonly index: number;
  readonly count: number;
}

/** Path of the page of an episode. */
export function episodePath(index: number): string {
  return `/episode/${index}/`;
}

/** Result of a replay, in words. */
export interface ReplayVerdict {
  /** `bit-equal`, `differs` or `approximate`. */
  readonly word: string;
  /** Description of the simulation. */
  readonly manner: string;
  readonly detail: string;
  readonly comparison: ReplayComparison;
}

/** Describes the result of a replay of episodes of a schema. */
export function describeReplay(
  { isExact, origin, comparison }: Pick<Replay, "isExact" | "origin" | "comparison">,
  { controlHz, step }: Pick<EpisodeSchema, "controlHz" | "step">,
): ReplayVerdict {
  if (isExact) {
    const { verdict, detail } = describeComparison(comparison, controlHz);
    const manner = `Replayed the recorded actions from ${describeStart(origin)}`;
    return { word: verdict, manner, detail, comparison };
  }
  const differences = comparison.largest.flatMap(({ field, component, recorded, replayed }) => {
    const spec = step.find(({ name }) => name === field);
    if (spec === undefined) return []; // that of the last state, which says no more
    const amount = `${formatNumber(Math.abs(recorded - replayed))} ${spec.unit ?? ""}`.trim();
    return [`${amount} in ${field.replace("observation/", "")} ${component}`];
  });
  return {
    word: "approximate",
    manner: "The exact initial state and randomization are not recorded, so each step is " +
      "simulated separately, from its recorded state and action",
    detail: `a step of ${formatNumber(1000 / controlHz)} ms is off by at most ${
      differences.join(", ") || "nothing"
    }`,
    comparison,
  };
}

/** Describes the start of a replay. */
export function describeStart(origin: StartOrigin | null): string {
  if (origin === null) return "the recorded initial state";
  const { seed, stream, candidate } = origin, of = `candidate ${formatCount(candidate)}`;
  return `the recorded initial state (${of} of stream ${stream}, seed ${seed})`;
}

/** A comparison in a word, and in a sentence. */
export function describeComparison(
  { compared, differing, first }: ReplayComparison,
  controlHz: number,
): { readonly verdict: string; readonly detail: string } {
  const all = formatCount(compared);
  if (first === null) {
    const detail = `all ${all} simulated numbers match the recording bit for bit`;
    return { verdict: "bit-equal", detail };
  }
  const { step, field, component, recorded, replayed } = first;
  const where = component === null ? field : `${field} ${component}`;
  const when = `${formatCount(step)} steps (${formatSeconds(step / controlHz)})`;
  const [was, is] = tellApart(recorded, replayed);
  return {
    verdict: "differs",
    detail: `first difference after ${when}, in ${where}: recorded ${was}, replayed ${is}; ` +
      `${formatCount(differing)} of ${all} numbers differ`,
  };
}

/** Two numbers with nine digits, which tell float32 apart, or with all. */
function tellApart(recorded: number, replayed: number): readonly [string, string] {
  const short = [recorded, replayed].map((value) => String(Number(value.toPrecision(9))));
  return short[0] === short[1] ? [String(recorded), String(replayed)] : [short[0]!, short[1]!];
}

/** Classes of the badge, by the word in it. */
const BADGES: Readonly<Record<string, string>> = {
  "bit-equal": "completed",
  approximate: "cancelled",
};

/** The body of the page; its script fills the viewer and the plots. */
export function renderReplayBody(text: ReplayText, { drawing }: ReplayModel): Html {
  const { title, commands, controlHz, steps } = text;
  const { word, manner, detail, comparison } = text.verdict;
  const facts = [
    text.environment,
    `${formatCount(steps)} steps at ${formatNumber(controlHz)} Hz, ${
      formatSeconds(steps / controlHz)
    }`,
    ...(text.outcome === null ? [] : [text.outcome]),
  ];
  return html`
    <main class="page">
      <header>
        <h1>${title}<span class="badge ${BADGES[word] ?? "failed"}">${word}</span></h1>
        ${text.position && renderPosition(text.position)}
        <span class="muted">${facts.join(" · ")}</span>
      </header>
      <p
        class="verdict">${manner}: ${detail}.${comparison.equal
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
      <p class="muted">${commands.another === null ? null : html`
        Another one: <code>${commands.another}</code> ·
      `} As a video: <code>${commands.video}</code> · for programs: <code>--json</code></p>
      </details>
    </main>
  `;
}

/** Renders the links to the previous and the next episode. */
function renderPosition({ index, count }: EpisodePosition): Html {
  const link = (to: number, name: "prev" | "next", label: string) =>
    to < 0 || to >= count
      ? html`<span class="step muted">${label}</span>`
      : html`<a class="step" id="${name}" rel="${name}" href="${episodePath(to)}">${label}</a>`;
  return html`
    <nav class="steps"
      aria-label="Episodes">${link(
        index - 1,
        "prev",
        "◂ Previous (p)",
      )}<span class="muted">${formatOrdinal(index + 1)} of ${formatCount(count)}</span>${link(
        index + 1,
        "next",
        "Next (n) ▸",
      )}</nav>
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
