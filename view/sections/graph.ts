import dagre from "@dagrejs/dagre";
import { type Html, html } from "../html.ts";
import type { StageReport, StageState } from "../report_model.ts";

interface Point {
  readonly x: number;
  readonly y: number;
}

/** Size of a node: a digest fits, and longer names according to their letters (px). */
const NODE = { width: 150, height: 54, letter: 9 };

/** Width at which every name fits. */
function nodeWidth(stages: readonly StageReport[]): number {
  return Math.max(NODE.width, ...stages.map(({ name }) => NODE.letter * (name.length + 2)));
}

const STATE_COLORS: Readonly<Record<StageState, string>> = {
  computed: "var(--blue)",
  resumed: "var(--purple)",
  cached: "var(--teal)",
  failed: "var(--red)",
  cancelled: "var(--orange)",
  "not needed": "var(--muted)",
  "not run": "var(--muted)",
  stored: "var(--teal)",
  "under way": "var(--blue)",
};

/** The pipeline as a graph, inputs at the left, each stage with its kind, state and digest. */
export function renderGraph(stages: readonly StageReport[]): Html {
  const graph = new dagre.graphlib.Graph();
  graph.setGraph({ rankdir: stages.length > 4 ? "TB" : "LR", nodesep: 28, ranksep: 30 });
  graph.setDefaultEdgeLabel(() => ({}));
  const node = { width: nodeWidth(stages), height: NODE.height };
  for (const { name } of stages) graph.setNode(name, { ...node });
  for (const { name, from } of stages) for (const input of from) graph.setEdge(input, name);
  dagre.layout(graph);
  const routes = graph.edges().map((edge): readonly Point[] => graph.edge(edge).points ?? []);
  const edges = routes.map((points) => {
    const path = points.map(({ x, y }, i) => `${i === 0 ? "M" : "L"}${round(x)} ${round(y)}`);
    return html`
      <path d="${path.join("")}" fill="none" stroke="var(--muted)" marker-end="url(#arrow)" />
    `;
  });
  const nodes = stages.map((stage) => {
    const { x, y } = graph.node(stage.name);
    return renderNode(stage, { ...node, x: x - node.width / 2, y: y - node.height / 2 });
  });
  // The layout's own size leaves out the bends of edges that pass a node.
  const corners = stages.flatMap(({ name }) => {
    const { x, y } = graph.node(name), [dx, dy] = [node.width / 2, node.height / 2];
    return [{ x: x - dx, y: y - dy }, { x: x + dx, y: y + dy }];
  });
  const { left, top, width, height } = boundsOf([...corners, ...routes.flat()]);
  return html`
    <h2 id="graph">Graph</h2>
    <svg class="graph" role="img" viewBox="${left} ${top} ${width} ${height}"
      width="${width}">
    <title>Stages of the pipeline</title>
    <desc>${stages.map(({ name, from }) => `${name} from ${from.join(", ") || "nothing"}`).join(
      "; ",
    )}</desc>
    <defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
    <path d="M0 0L8 4L0 8z" fill="var(--muted)"/></marker></defs>
    ${edges}${nodes}</svg>
  `;
}

/** Margin around the outermost points: half of a line, and the head of an arrow (px). */
const MARGIN = 6;

/** The box around some points, with a margin. */
function boundsOf(points: readonly Point[]) {
  const [xs, ys] = [points.map(({ x }) => x), points.map(({ y }) => y)];
  const [left, top] = [Math.min(...xs) - MARGIN, Math.min(...ys) - MARGIN];
  return {
    left: round(left),
    top: round(top),
    width: round(Math.max(...xs) + MARGIN - left),
    height: round(Math.max(...ys) + MARGIN - top),
  };
}

function renderNode(
  stage: StageReport,
  { x, y, width, height }: Point & { readonly width: number; readonly height: number },
): Html {
  const color = STATE_COLORS[stage.state];
  const centre = round(x + width / 2);
  return html`
    <g font-family="inherit" text-anchor="middle">
      <rect x="${round(x)}" y="${round(y)}" width="${width}" height="${height}" rx="6"
        fill="var(--panel)" stroke="${color}" />
      <text x="${centre}" y="${round(y + 18)}" font-size="13" font-weight="600"
        fill="var(--text)">${stage.name}</text>
      <text x="${centre}" y="${round(y + 33)}" font-size="11"
        fill="${color}">${stage.name === stage.kind ? "" : `${stage.kind}, `}${stage.state}</text>
      <text x="${centre}" y="${round(
        y + 47,
      )}" font-size="10.5" font-family="ui-monospace, monospace"
        fill="var(--muted)">${stage.digest?.slice(0, 12) ?? "no digest"}</text>
    </g>
  `;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
