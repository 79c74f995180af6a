import assert from "node:assert/strict";
import { escapeHtml, htmlText } from "../../view/html.ts";
import { renderReport } from "../../view/report.ts";
import type { ReportModel } from "../../view/report_model.ts";
import { renderGraph } from "../../view/sections/graph.ts";
import { createReport } from "./_model.ts";

const HOSTILE = `</script><script>alert("1")</script><img src=x onerror='alert(2)'>&amp;`;

const SECTIONS = ["evaluation", "graph", "stages", "candidates", "dataset", "training", "episodes"];

Deno.test("renderReport() has every section, and gives the same text again", async () => {
  const page = await renderReport(createReport());
  for (const id of [...SECTIONS, "provenance"]) assert.match(page, new RegExp(`<h2 id="${id}"`));
  assert.equal(await renderReport(createReport()), page);
});

Deno.test("renderReport() refers to nothing outside itself and runs no script", async () => {
  const page = await renderReport(createReport());
  assert.doesNotMatch(page, /<script|<link|<iframe|@import|url\((?!#)/i);
  const references = [...page.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, target]) => target!);
  for (const target of references) assert.match(target, /^(data:image\/png|#)/);
});

Deno.test("renderReport() shows hostile texts as texts", async () => {
  const page = await renderReport(createReport(HOSTILE));
  assert.equal(/<script|<img src=x/.exec(page)?.[0], undefined);
  assert.ok(page.includes(escapeHtml(HOSTILE)));
});

Deno.test("renderReport() of a failed run leaves out what is not there and says what to do", async () => {
  const report: ReportModel = {
    ...createReport(),
    status: "failed",
    error: { stage: "train", name: "DivergedError", message: "Cannot go on", remedy: "lower lr" },
    chains: [],
    datasets: [],
    trainings: [],
    evaluations: [],
    filmStrips: [],
  };
  const page = await renderReport(report);
  for (const text of ["DivergedError", "Cannot go on", "lower lr", "stage train"]) {
    assert.ok(page.includes(text), text);
  }
  for (const id of ["evaluation", "candidates", "dataset", "training", "episodes"]) {
    assert.doesNotMatch(page, new RegExp(`<h2 id="${id}"`));
  }
});

Deno.test("renderReport() draws values that no axis can hold without failing", async () => {
  const report = createReport();
  const [training] = report.trainings, [evaluation] = report.evaluations;
  const page = await renderReport({
    ...report,
    trainings: [{
      ...training!,
      losses: [{ name: "train", steps: [0, 1, 2], values: [NaN, Infinity, 3] }],
      learningRate: { name: "rate", steps: [], values: [] },
    }],
    evaluations: [{ ...evaluation!, episodes: [evaluation!.episodes[0]!], measures: [] }],
  });
  assert.doesNotMatch(page, /NaN|Infinity/);
});

Deno.test("renderReport() lists its sections, and folds the declaration", async () => {
  const page = await renderReport(createReport());
  const nav = /<nav[^]*<\/nav>/.exec(page)?.[0] ?? "";
  const linked = [...nav.matchAll(/href="#([\w-]+)"/g)].map(([, id]) => id);
  const headings = [...page.matchAll(/<h2 id="([\w-]+)"/g)].map(([, id]) => id);
  assert.deepEqual(linked, headings);
  assert.match(page, /<details id="declaration">\s*<summary>[^]*<pre>[^]*<\/details>/);
});

Deno.test("renderGraph() has room for the edges that pass a stage at its side", () => {
  const [stage] = createReport().stages;
  const stages = { a: [], b: ["a"], c: ["a"], d: ["a"], e: ["a"], f: ["a", "b", "c", "d", "e"] };
  const svg = htmlText(renderGraph(
    Object.entries(stages).map(([name, from]) => ({ ...stage!, name, from })),
  ));
  const [left, top, width, height] = /viewBox="([^"]*)"/.exec(svg)![1]!.split(" ").map(Number);
  const points = [...svg.matchAll(/[ML](-?[\d.]+) (-?[\d.]+)/g)].filter(([text]) =>
    text !== "M0 0"
  );
  assert.ok(points.length >= 20);
  for (const [, x, y] of points) {
    assert.ok(Number(x) >= left! && Number(x) <= left! + width!, `x ${x}`);
    assert.ok(Number(y) >= top! && Number(y) <= top! + height!, `y ${y}`);
  }
});

Deno.test("renderReport() lets long titles wrap, and counts on axes begin at 0", async () => {
  const page = await renderReport(createReport());
  assert.match(page, /<th [^>]*>mean_<wbr>episode_<wbr>length<\/th>/);
  assert.doesNotMatch(page, /_<wbr>\s/);
  assert.match(page, />optimiser step</);
  assert.doesNotMatch(page, />0k</);
});

Deno.test("renderReport() tells the variants of a stage apart by their factors alone", async () => {
  const report = createReport("evaluate"), [evaluation] = report.evaluations;
  const stages = ["evaluate[lr=0.1,seed=1]", "evaluate[lr=0.1,seed=2]", "evaluate_clone[seed=1]"];
  const html = await renderReport({
    ...report,
    evaluations: stages.map((stage) => ({ ...evaluation!, stage })),
  });
  for (const label of ["lr=0.1,seed=1", "lr=0.1,seed=2", "evaluate_clone[seed=1]"]) {
    assert.match(html, new RegExp(`<text[^>]*>${RegExp.escape(label)}</text>`));
  }
});
