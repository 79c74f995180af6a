import { SANS } from "./palette.ts";

/** The style sheet of a report: light, dark and print from one set of custom properties. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --page: #ffffff; --panel: #f6f7f9; --text: #1c2430; --muted: #5c6675; --line: #dde1e7;
  --blue: #0b62a8; --orange: #c46a00; --teal: #00806a; --purple: #8a4f9e; --red: #b3261e;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #12161c; --panel: #1a2028; --text: #e6eaf0; --muted: #9aa5b4; --line: #2c3440;
    --blue: #62aef0; --orange: #e8a04a; --teal: #3fc3aa; --purple: #c491d6; --red: #f28b82;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--page); color: var(--text);
  font: 15px/1.5 ${SANS};
}
main { max-width: 1000px; margin: 0 auto; padding: 28px 20px 64px; }
h1 { font-size: 26px; line-height: 1.2; margin: 0 0 4px; }
h2 { font-size: 19px; margin: 44px 0 12px; padding-top: 14px; border-top: 1px solid var(--line); }
h3 { font-size: 15px; margin: 22px 0 8px; }
p { margin: 6px 0; max-width: 72ch; }
code, .mono { font: 12.5px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
code { overflow-wrap: anywhere; }
pre {
  background: var(--panel); padding: 12px 14px; border-radius: 6px; overflow-x: auto;
  font: 12.5px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace;
}
.muted { color: var(--muted); }
.verdict { font-size: 18px; margin: 10px 0 2px; white-space: pre-line; }
.badge {
  display: inline-block; padding: 1px 9px; border-radius: 10px; font-size: 12.5px;
  border: 1px solid currentColor; vertical-align: 4px; margin-left: 8px; font-weight: normal;
}
.completed { color: var(--teal); }
.failed { color: var(--red); }
.cancelled { color: var(--orange); }
.under-way { color: var(--blue); }
.error { border-left: 3px solid var(--red); padding: 8px 14px; background: var(--panel); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: 13.5px; width: 100%; }
th { text-align: left; font-weight: 600; color: var(--muted); vertical-align: bottom; }
th, td { padding: 5px 14px 5px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th:last-child, td:last-child { padding-right: 0; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
td.number { white-space: nowrap; }
.contents { margin: 14px 0 0; padding: 0; display: flex; flex-wrap: wrap; gap: 2px 16px; list-style: none; font-size: 13.5px; }
a { color: var(--blue); }
summary { cursor: pointer; font-weight: 600; }
#declaration { margin-top: 22px; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(300px, 1fr)); gap: 18px 28px; }
figure { margin: 0; min-width: 0; }
figcaption { font-size: 13.5px; margin-bottom: 4px; }
svg.chart { max-width: 100%; height: auto; display: block; }
svg.graph { max-width: 100%; height: auto; display: block; margin: 0 auto; }
.strip { margin: 0 0 18px; }
.strip img { width: 100%; height: auto; border-radius: 4px; display: block; }
.strip.small img { image-rendering: pixelated; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 3px 18px; margin: 8px 0; font-size: 13.5px; }
dt { color: var(--muted); }
dd { margin: 0; overflow-wrap: anywhere; }
@media (max-width: 600px) {
  main { padding: 18px 14px 40px; }
  dl { grid-template-columns: 1fr; gap: 0; }
  dd { margin-bottom: 6px; }
  .stacks thead { display: none; }
  .stacks tr { display: block; border-bottom: 1px solid var(--line); padding: 8px 0; }
  .stacks td, .stacks td.number {
    display: grid; grid-template-columns: 42% minmax(0, 1fr); gap: 0 10px;
    padding: 1px 0; border: 0; text-align: left; white-space: normal;
  }
  .stacks td::before { 
    content: attr(data-title); grid-row: 1 / span 99; color: var(--muted); overflow-wrap: anywhere;
  }
  .stacks td > * { grid-column: 2; }
  .stacks td:first-child { font-weight: 600; }
  .stacks td:empty { display: none; }
}
@media print {
  :root { --page: #fff; --panel: #f4f4f4; --text: #000; --muted: #444; --line: #bbb; }
  main { max-width: none; padding: 0; }
  figure, tr, .strip { break-inside: avoid; }
}
`;
