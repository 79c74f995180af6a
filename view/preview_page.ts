import { formatNumber } from "./format.ts";
import { type Html, html } from "./html.ts";
import type { PreviewModel } from "./preview_messages.ts";

/** Text of the page about an environment. */
export interface PreviewText {
  /** Name of the environment, or of its config. */
  readonly name: string;
  readonly description: string;
  readonly engine: string;
  readonly seed: number;
}

/** The body of the page; its script fills viewer, sliders and tables. */
export function renderPreviewBody(
  { name, description, engine, seed }: PreviewText,
  { controlHz, policies }: PreviewModel,
): Html {
  return html`
    <main class="page">
      <header>
        <h1>${name}</h1>
        <span
          class="muted">${description} · ${engine}, ${formatNumber(
            controlHz,
          )} Hz · nothing is saved</span>
      </header>
      <p class="verdict" id="message" role="status"></p>
      <div class="columns">
        ${renderScene(seed)}
        ${renderState(policies)}
      </div>
    </main>
  `;
}

/** The picture, and how time passes in it. */
function renderScene(seed: number): Html {
  return html`
    <section class="stick" aria-label="Scene">
      <div class="viewer" id="viewer"></div>
      <div class="player" id="player">
        <button type="button" class="primary" id="run" title="Space">Run</button>
        <button type="button" id="step" title="One control step (→)">Step</button>
        <button type="button" id="reset" title="The next candidate of the seed (R)">Reset</button>
        <button type="button" id="again" title="The same candidate from its start">Again</button>
        <input type="number" id="candidate" min="0" max="999999999" value="0"
          aria-label="Candidate" title="Candidate of seed ${seed}">
        <output id="readout"></output>
        <span class="space"></span>
        <select id="speed" aria-label="Speed"></select>
      </div>
      <div class="legend" id="legend"></div>
    </section>
  `;
}

/** Figures of the episode, who acts, and the tables of action and observation. */
function renderState(policies: PreviewModel["policies"]): Html {
  return html`
    <section aria-label="State">
      <dl class="figures">
        <div>
          <dt>reward</dt>
          <dd id="reward"></dd>
        </div>
        <div>
          <dt>return</dt>
          <dd id="return"></dd>
        </div>
        <div>
          <dt>success</dt>
          <dd id="success"></dd>
        </div>
      </dl>
      <div id="schedule"></div>
      <div class="player">
        <label>Control
          <select id="control">
            ${policies.map((policy) =>
              html`
                <option value="${policy}">policy ${policy}</option>
              `
            )}
            <option value="">you, with the sliders</option>
          </select>
        </label>
        <button type="button" id="hold" title="Take over and hold all targets">Hold still</button>
      </div>
      <div class="asked" id="action"></div>
      <table class="state" id="observation"></table>
    </section>
  `;
}

/** Additions of the page to the style sheet of local pages. */
export const PREVIEW_STYLE = `
.viewer .grip { position: absolute; left: 0; top: 0; width: 22px; height: 22px; border-radius: 50%; pointer-events: none;
  border: 2px solid #ffffffd0; box-shadow: 0 0 0 1.5px #1c2430a0; }
.viewer .grip::after { content: attr(data-name); position: absolute; left: 24px; top: -3px; padding: 0 6px; border-radius: 8px;
  font-size: 12px; color: #303a46; background: #ffffffb8; }
.figures { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 10px; margin: 0 0 12px; }
.figures div { border: 1px solid var(--line); border-radius: 8px; padding: 6px 12px; background: var(--panel); }
.figures dt { font-size: 12.5px; color: var(--muted); font-weight: 400; }
.figures dd { margin: 0; font-size: 17px; font-variant-numeric: tabular-nums; }
.asked { display: grid; grid-template-columns: repeat(auto-fit, minmax(250px, 1fr)); gap: 4px 24px; margin: 12px 0 18px; }
.asked .slider { grid-template-columns: 84px minmax(0, 1fr) 74px; }
#candidate { width: 8ch; }
.state { width: 100%; font-size: 13px; font-variant-numeric: tabular-nums; }
.state th { text-align: left; font-weight: 600; vertical-align: top; white-space: nowrap; padding-right: 14px; }
.state td { padding-right: 12px; }
.state td span { display: inline-block; min-width: 9ch; white-space: nowrap; padding-right: 1ch; }
.state i { color: var(--muted); font-style: normal; font-size: 12px; }
.schedule { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 3px 10px; font-size: 12.5px; margin-bottom: 12px; }
.schedule .track { position: relative; height: 20px; background: var(--panel); border-radius: 4px; overflow: hidden; }
.schedule .bar { position: absolute; inset: 0 auto 0 0; padding: 0 5px; overflow: hidden; white-space: nowrap;
  text-overflow: ellipsis; line-height: 20px; background: var(--line); border-right: 1px solid var(--page); }
.schedule .bar.now { background: var(--blue); color: var(--page); }
.schedule .mark { position: absolute; inset: 0 auto 0 0; width: 2px; background: var(--text); }
`;
