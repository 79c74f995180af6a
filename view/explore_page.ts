import type { PlanarDrawing, PushTTrial } from "../sim/mod.ts";
import { type Html, html } from "./html.ts";
import type { ReplayModel } from "./replay_page.ts";

/** Initial data of the page's script. */
export interface ExploreModel {
  readonly drawing: PlanarDrawing;
  /** Control steps per second. */
  readonly controlHz: number;
  /** Seed of the movements that the page draws like a generate stage. */
  readonly seed: number;
  readonly engine: string;
  /** Movement to show first. */
  readonly trial: PushTTrial;
  readonly scaleForcing: boolean;
  /** A trained flow whose samples can be shown, null if none was given. */
  readonly flow: {
    readonly name: string;
    /** Control steps that it can look ahead. */
    readonly maxSteps: number;
    readonly samples: number;
  } | null;
}

/** A movement to simulate. */
export interface TrialQuestion extends PushTTrial {
  readonly scaleForcing: boolean;
}

/** Result of a simulated movement. */
export interface TrialAnswer extends ReplayModel {
  /** `[steps + 1, shapes, 3]`. */
  readonly poses: readonly number[];
  /** Outcome in one sentence. */
  readonly outcome: string;
}

/** State of it from which to sample. */
export interface FuturesQuestion extends TrialQuestion {
  /** Control steps done. */
  readonly step: number;
  /** Control steps from there. */
  readonly ahead: number;
}

/** Samples of the state then. */
export interface FuturesAnswer {
  /** Control steps after which it comes, at most those of the movement. */
  readonly at: number;
  /** `[samples][2]` px */
  readonly agents: readonly (readonly number[])[];
  /** `[samples][3]` px and rad */
  readonly blocks: readonly (readonly number[])[];
}

/** The body of the page; its script fills viewer, player, sliders and plots. */
export function renderExploreBody({ engine, controlHz, seed, flow }: ExploreModel): Html {
  return html`
    <main class="page">
      <header>
        <h1>Push-T movements</h1>
        <span class="muted">dynamic movement primitives on ${engine}, ${controlHz} Hz${flow === null
          ? ""
          : ` · flow of ${flow.name}`}</span>
      </header>
      <p class="verdict" id="message" role="status"></p>
      <div class="columns">
        <section class="stick" aria-label="Scene">
          <div class="viewer planar" id="viewer"></div>
          <div class="player" id="player"></div>
        </section>
        <section aria-label="Movement">
        <div class="player" id="actions">
          <button type="button" class="primary" id="simulate">Simulate</button>
          <button type="button" id="draw" title="What a generate stage with seed ${seed} draws">
            Draw candidate</button>
          <input type="number" id="candidate" min="0" max="999999999" value="0" aria-label="Candidate">
          <span class="muted">of seed ${seed}</span>
        </div>
        <div class="sliders" id="sliders"></div>
        ${flow === null ? null : html`
          <fieldset class="sliders" id="flow">
            <legend>Flow</legend>
          </fieldset>
        `}
        <div class="plots side" id="plots"></div>
        <details class="details">
          <summary>Numeric values</summary>
          <p class="muted">Duration, start, goal, x weights, y weights, stiffness, damping: the vector
            that datasets store. Positions are in the workspace, where [0, 512] px is [−1, 1].</p>
          <p><code id="vector"></code></p>
        </details>
      </section>
      </div>
    </main>
  `;
}

/** Additions of the page to the style sheet of local pages. */
export const EXPLORE_STYLE = `
.sliders { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1.15fr); gap: 8px 26px; margin-top: 12px; align-items: start; }
.sliders .tall { grid-row: span 2; }
fieldset.sliders, .sliders fieldset { border: 0; padding: 0; margin: 0; min-width: 0; }
.sliders fieldset { display: grid; gap: 6px; align-content: start; }
.sliders legend, fieldset.sliders legend { font-weight: 600; font-size: 14px; padding: 6px 0 4px; }
.tall .slider { grid-template-columns: 26px minmax(0, 1fr) 104px; }
.plots.side { grid-template-columns: repeat(auto-fit, minmax(260px, 1fr)); margin-top: 22px; }
#viewer canvas { cursor: grab; }
@media (max-width: 1150px) { .sliders { grid-template-columns: minmax(0, 1fr); } .sliders .tall { grid-row: auto; } }
`;
