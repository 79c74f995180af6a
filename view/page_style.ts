/**
 * Additions of local pages to the style sheet of reports: a header, a player, a column of plots.
 */
export const PAGE_STYLE = `
body { min-height: 100vh; }
.page { max-width: 1480px; margin: 0 auto; padding: 18px 22px 28px; }
.page header { display: flex; flex-wrap: wrap; align-items: baseline; gap: 4px 16px; }
.page h1 { font-size: 22px; margin: 0; }
.page header .muted { font-size: 13.5px; }
.page h2 { border: 0; padding: 0; margin: 0 0 8px; font-size: 15px; }
.verdict { font-size: 14.5px; margin: 8px 0 14px; max-width: none; }
.verdict b { font-weight: 650; }
.columns { display: grid; grid-template-columns: minmax(0, 1.25fr) minmax(320px, 1fr); gap: 18px 26px; }
.viewer {
  position: relative; border-radius: 8px; overflow: hidden; background: var(--panel);
  border: 1px solid var(--line); aspect-ratio: 4 / 3;
}
.viewer { max-height: max(240px, calc(100vh - 230px)); }
.viewer.planar { aspect-ratio: 1; margin: 0 auto; }
.viewer canvas { display: block; width: 100%; height: 100%; touch-action: none; }
.viewer .message { position: absolute; inset: 0; display: grid; place-content: center; padding: 24px; text-align: center; }
.viewer .hint {
  position: absolute; right: 10px; bottom: 10px; padding: 1px 9px; border-radius: 9px;
  font-size: 12px; color: #303a46; background: #ffffffb8; pointer-events: none;
}
.viewer .corner { position: absolute; right: 10px; top: 10px; color: #303a46; background: #ffffffb8; border-color: transparent; }
.stick { position: sticky; top: 0; padding-top: 10px; align-self: start; z-index: 1; background: var(--page); }
.steps { display: flex; align-items: baseline; gap: 12px; margin-left: auto; font-size: 13.5px; }
.steps .step { padding: 2px 10px; border: 1px solid var(--line); border-radius: 6px; text-decoration: none; }
.steps a.step:hover { border-color: var(--muted); }
.player { display: flex; flex-wrap: wrap; align-items: center; gap: 8px 10px; margin-top: 10px; }
.player input[type=range] { flex: 1 1 100%; }
.player output { font-variant-numeric: tabular-nums; font-size: 13.5px; min-width: 24ch; }
.player .space { flex: 1; }
button, select {
  font: inherit; font-size: 13.5px; color: var(--text); background: var(--panel);
  border: 1px solid var(--line); border-radius: 6px; padding: 4px 11px; min-height: 32px;
}
button { cursor: pointer; }
button:hover:not(:disabled), select:hover { border-color: var(--muted); }
button:disabled { opacity: .5; cursor: default; }
button.primary { background: var(--blue); border-color: var(--blue); color: var(--page); min-width: 84px; }
:focus-visible { outline: 2px solid var(--blue); outline-offset: 2px; }
input[type=range], input[type=checkbox] { accent-color: var(--blue); }
label.check { display: inline-flex; align-items: center; gap: 6px; font-size: 13.5px; }
.slider { display: grid; grid-template-columns: 62px minmax(0, 1fr) 56px; align-items: center; gap: 8px; font-size: 13px; }
.slider output { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; color: var(--muted); }
.slider input { width: 100%; margin: 0; }
#candidate { width: 11ch; font: inherit; font-size: 13.5px; padding: 4px 8px; min-height: 32px;
  color: var(--text); background: var(--panel); border: 1px solid var(--line); border-radius: 6px; }
.plots { display: grid; gap: 16px; align-content: start; }
.plot figcaption { display: flex; flex-wrap: wrap; gap: 2px 14px; align-items: baseline; }
.plot figcaption b { font-weight: 600; }
.legend { display: flex; flex-wrap: wrap; gap: 2px 12px; font-size: 12.5px; font-variant-numeric: tabular-nums; }
.legend i { display: inline-block; width: 14px; height: 0; border-top: 3px solid; vertical-align: 3px; margin-right: 5px; }
.legend.shapes { flex: 1 1 100%; gap: 2px 18px; font-size: 13px; }
.legend.shapes b { font-size: 16px; line-height: 1; }
.plot .mark { position: absolute; inset: 0 auto 0 0; width: 2px; background: var(--text); pointer-events: none; }
.plot .area { min-width: 0; height: 150px; cursor: crosshair; }
.details { margin-top: 24px; }
.details summary { cursor: pointer; font-weight: 600; font-size: 15px; }
@media (max-width: 900px) {
  .columns { grid-template-columns: minmax(0, 1fr); }
  .stick .viewer { aspect-ratio: auto; height: 38vh; }
  .stick .viewer.planar { width: min(38vh, 100%); height: auto; aspect-ratio: 1; }
  .stick .player { padding-bottom: 8px; border-bottom: 1px solid var(--line); }
}
`;
