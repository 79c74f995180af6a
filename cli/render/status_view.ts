import type { PipelinePlan } from "../../pipelines/plan.ts";
import { formatCount, formatMetric } from "../../view/format.ts";
import { describeStages, type ProgressView, type StageLine } from "../../runtime/run/progress.ts";
import { stageEvent } from "./render_progress.ts";
import type { RunUnderWay } from "../../runtime/run/runs_under_way.ts";
import { renderTable } from "./table.ts";

/** Running pipeline and its progress. */
export interface RunStatus {
  readonly run: RunUnderWay;
  /** Null while no worker answers. */
  readonly view: ProgressView | null;
  /** The next three are null until the run has its directory. */
  readonly place: { readonly run: number; readonly directory: string } | null;
  readonly plan: PipelinePlan | null;
  /** Kinds of work that wait for a worker while none asks for any. */
  readonly missing: readonly string[];
  /** Command that started it. */
  readonly command: string | null;
  /** Kernels with which the workers of this machine train, and why not with faster ones. */
  readonly kernels: readonly string[];
  /** Address in the web UI, null if none is known. */
  readonly ui: string | null;
  /** The same in words, with what serves it. */
  readonly uiPlace: string | null;
  /** Whether a server is running, without which nothing continues. */
  readonly served: boolean;
}

/** Empty table of rates, which would take two queries to measure. */
const NO_RATES: ReadonlyMap<string, number> = new Map();

/** Renders a run for people: its id, its stages, and where to look further. */
export function renderStatus(status: RunStatus): string {
  const { run: { workflowId, pipeline }, view, place, command, kernels, uiPlace } = status;
  const lines = stagesOf(status);
  return [
    `${place === null ? pipeline : `${pipeline}/${place.run}`}  ${stateOf(status)}`,
    ...(lines.length === 0 ? [] : [indent(renderStages(lines))]),
    `  ${"workflow".padEnd(LABEL)}${workflowId}`,
    ...(place === null ? [] : [`  ${"directory".padEnd(LABEL)}${place.directory}`]),
    ...kernels.map((line) => `  ${"kernels".padEnd(LABEL)}${line}`),
    ...(uiPlace === null ? [] : [`  ${"Temporal UI".padEnd(LABEL)}${uiPlace}`]),
    ...(view === null ? [`  ${"continue".padEnd(LABEL)}${command ?? resumption(status)}`] : []),
  ].join("\n");
}

/** Returns the command that continues a run that no command started. */
function resumption({ run: { pipeline }, place }: RunStatus): string {
  return place === null ? "deno task up" : `deno task resume ${pipeline}/${place.run}`;
}

/** Columns of the labels below a table. */
const LABEL = 13;

function stateOf({ view, served, missing }: RunStatus): string {
  if (view === null) return `interrupted: no ${served ? "worker answers" : "server runs"}`;
  const state = view.paused ? "paused" : view.run === null ? "starting" : "running";
  return missing.length === 0 ? state : `${state}: no worker for ${missing.join(" and ")}`;
}

function stagesOf({ view, plan }: RunStatus): readonly StageLine[] {
  return view === null || plan === null ? [] : describeStages(plan, view, NO_RATES);
}

function renderStages(lines: readonly StageLine[]): string {
  const rows = lines.map(({ name, state, work, figure }) => [
    name,
    state,
    work === null ? "" : formatCount(work.done),
    work === null ? "" : `of ${formatCount(work.total)} ${work.unit}`,
    figure === null ? "" : `${figure.name} ${formatMetric(figure.name, figure.value)}`,
  ]);
  return renderTable([
    { title: "stage" },
    { title: "state" },
    { title: "done", align: "right" },
    { title: "" },
    { title: "metric" },
  ], rows);
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, "  ");
}

/** A run as machines read it. */
export function statusJson(status: RunStatus) {
  const { run: { workflowId, pipeline, started }, view, place, command, kernels, ui, missing } =
    status;
  return {
    workflowId,
    pipeline,
    run: place?.run ?? null,
    directory: place?.directory ?? null,
    command,
    started: started.toISOString(),
    kernels,
    ui,
    // Null if no worker answers.
    paused: view?.paused ?? null,
    // Kinds of work, as `deno task worker --queues` names them.
    missing,
    stages: stagesOf(status).map((line) => {
      const { event: _, ...stage } = stageEvent(line);
      return stage;
    }),
  };
}
