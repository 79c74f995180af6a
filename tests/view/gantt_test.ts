import assert from "node:assert/strict";
import { type GanttBar, renderGantt } from "../../view/gantt.ts";
import { htmlText } from "../../view/html.ts";

const BARS = [
  { row: "arm", name: "approach", begin: 0, end: 35 },
  { row: "arm", name: "carry_over_there", begin: 35, end: 55 },
  { row: "eef", name: "grasp", begin: 55, end: 58 },
];

/** What the bars of a chart say, beside their tooltips. */
function namesOf(bars: readonly GanttBar[]): readonly string[] {
  const chart = htmlText(renderGantt(bars, 20, "The expert"));
  return [...chart.matchAll(/pointer-events="none"[^>]*>([^<]*)</g)].map(([, name]) => name!);
}

Deno.test("renderGantt() names movements in their bars, as far as there is room", () => {
  assert.deepEqual(namesOf(BARS), ["approach", "carry_over_there", "gra…"]);
  const long = { row: "eef", name: "hold", begin: 58, end: 300 };
  assert.deepEqual(namesOf([...BARS, long]), ["approach", "carry…", "", "hold"]);
});
