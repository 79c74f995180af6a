import type { LiveProgress } from "../../activities/live_progress.ts";
import type { OpenedRun } from "../../activities/types.ts";
import { QUARANTINED } from "../../core/quarantine.ts";
import { findKind, kindOf } from "../../pipelines/mod.ts";
import type { PipelinePlan, StagePlan } from "../../pipelines/plan.ts";
import { groupVariants, SHOWN_VARIANTS } from "../../pipelines/variants/variant_groups.ts";
import { formatCount, formatCounted, formatMetric, formatSeconds } from "../../view/format.ts";
import type { StageProgress } from "../../workflows/types.ts";

/** Describes the progress of a run for people. */

/** Progress of a run. */
export interface ProgressView {
  /** Null until the run has its directory. */
  readonly run: OpenedRun | null;
  readonly stages: readonly StageProgress[];
  readonly paused: boolean;
  /** Live progress by the name of the stage, where it is known. */
  readonly live: Readonly<Record<string, LiveProgress>>;
}

/** Progress of one stage, in the unit in which people count it. */
export interface StageWork {
  readonly done: number;
  readonly total: number;
  /** E.g. `episodes`, `steps`. */
  readonly unit: string;
}

/** Episodes or steps done and expected, null if nothing is known yet. */
export function workOf(
  stage: StageProgress,
  plan: StagePlan,
  live: LiveProgress | undefined,
): StageWork | null {
  const kind = kindOf(plan), { unit, count, countUnit = unit } = kind.progress;
  if (live !== undefined) return { done: live.done, total: live.total, unit };
  const stored = stage.result?.counts[count];
  if (stored !== undefined) return { done: stored, total: stored, unit: countUnit };
  if (plan.chain !== undefined) {
    const shards = stage.shardsTotal - (stage.quarantined ?? 0);
    return { done: stage.candidates, total: shards * plan.chain.shard, unit };
  }
  const total = kind.totalOf?.(plan.parameters);
  return total === undefined ? null : { done: stage.candidates, total, unit };
}

/** Metric by which a person judges a stage. */
export interface Figure {
  readonly name: "success_rate" | "acceptance_rate" | "loss";
  readonly value: number;
}

const FIGURE_LABELS: Readonly<Record<Figure["name"], string>> = {
  success_rate: "success",
  acceptance_rate: "accepted",
  loss: "loss",
};

/** Acceptance, success or loss, whichever matters for the kind; null if it is not known yet. */
function figureOf(stage: StageProgress, live: LiveProgress | undefined): Figure | null {
  const { candidates, accepted, successes, result } = stage;
  const name = findKind(stage.kind)?.progress.judgedBy ?? "success_rate";
  const counted = name === "success_rate" ? successes : accepted;
  const stored = result?.metrics[name];
  const value = typeof stored === "number"
    ? stored
    : name === "loss"
    ? live?.loss
    : candidates === 0
    ? undefined
    : counted / candidates;
  return value === undefined ? null : { name, value };
}

/** Time left as a clock: `0:04`, `12:30`, `1:02:03`. */
export function formatClock(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const hours = Math.floor(whole / 3600), minutes = Math.floor(whole / 60) % 60;
  const pad = (value: number) => String(value).padStart(2, "0");
  return hours > 0
    ? `${hours}:${pad(minutes)}:${pad(whole % 60)}`
    : `${minutes}:${pad(whole % 60)}`;
}

/** Content of a line of progress. */
export interface StageLine {
  readonly name: string;
  readonly state: StageProgress["state"];
  readonly work: StageWork | null;
  /** Units a second, null if none was measured. */
  readonly rate: number | null;
  readonly figure: Figure | null;
  /** Shards without which the stage goes on; absent where there are none. */
  readonly quarantined?: number;
  /** Everything in words. */
  readonly text: string;
  /** The same without rate and time left, for narrow terminals. */
  readonly shortText: string;
}

/**
 * One line a stage.
 *
 * @param rates Units a second by stage name, where they have been measured
 */
export function describeStages(
  plan: PipelinePlan,
  view: ProgressView,
  rates: ReadonlyMap<string, number>,
): readonly StageLine[] {
  const states = new Map(view.stages.map(({ stage, state }) => [stage, state]));
  const plans = new Map(plan.stages.map((stage) => [stage.name, stage]));
  const lines = view.stages.flatMap((stage): readonly StageLine[] => {
    const stagePlan = plans.get(stage.stage);
    if (stagePlan === undefined) return [];
    const live = view.live[stage.stage];
    const work = workOf(stage, stagePlan, live);
    const figure = figureOf(stage, live);
    const rate = stage.state === "running" ? rates.get(stage.stage) ?? null : null;
    const standing = stage.state === "waiting"
      ? waitingText(stagePlan, states)
      : stateText(stage, work);
    const pace = work === null || rate === null ? "" : rateText(work, rate);
    const judged = figure === null ? "" : figureText(figure);
    const quarantined = stage.result?.counts[QUARANTINED] ?? stage.quarantined;
    const without = quarantined === undefined
      ? ""
      : `${formatCounted(quarantined, "shard")} quarantined`;
    return [{
      name: stage.stage,
      state: stage.state,
      work,
      rate,
      figure,
      ...(quarantined === undefined ? {} : { quarantined }),
      text: join(standing, pace, judged, without),
      shortText: join(standing, judged, without),
    }];
  });
  return mergeVariants(lines, rates);
}

/** Many variants of one stage as one line: how many are done, run and failed. */
function mergeVariants(
  lines: readonly StageLine[],
  rates: ReadonlyMap<string, number>,
): readonly StageLine[] {
  return groupVariants(lines, ({ name }) => name).flatMap(({ base, stages }) =>
    stages.length > SHOWN_VARIANTS ? [variantsLine(base, stages, rates.get(base))] : stages
  );
}

/** States in which a stage has ended. */
const ENDED: readonly StageProgress["state"][] = ["completed", "cached", "failed", "cancelled"];

function variantsLine(
  base: string,
  lines: readonly StageLine[],
  rate: number | undefined,
): StageLine {
  const count = (...states: readonly StageProgress["state"][]) =>
    lines.filter(({ state }) => states.includes(state)).length;
  const done = count("completed", "cached"), work = { done, total: lines.length, unit: VARIANTS };
  const state = stateOfAll(lines.map(({ state }) => state));
  const parts = (["running", "paused", "failed", "cancelled"] as const).map((state) => {
    const found = count(state);
    return found === 0 ? "" : `${found} ${state}`;
  });
  const standing = join(
    state === "waiting" || state === "cached"
      ? `${state}, ${done}/${lines.length}`
      : countText(work),
    ...parts,
  );
  const figure = meanFigure(lines), judged = figure === null ? "" : `mean ${figureText(figure)}`;
  const pace = state === "running" && rate !== undefined ? variantsLeft(work, rate) : "";
  const text = join(standing, pace, judged);
  return {
    name: base,
    state,
    work,
    rate: state === "running" ? rate ?? null : null,
    figure,
    text,
    shortText: join(standing, judged),
  };
}

/** Unit in which a stage of many variants is counted. */
const VARIANTS = "variants";

function variantsLeft({ done, total }: StageWork, rate: number): string {
  return rate > 0 && done < total ? `ETA ${formatClock((total - done) / rate)}` : "";
}

/** The state of many stages: the first that some of them have, in the order of what matters most. */
function stateOfAll(states: readonly StageProgress["state"][]): StageProgress["state"] {
  if (states.every((state) => state === states[0])) return states[0]!; // of a group, which has some
  const isOver = states.every((state) => ENDED.includes(state));
  const order = ["failed", "cancelled", "paused"] as const;
  const worst = order.find((state) => states.includes(state));
  return worst ?? (isOver ? "completed" : "running");
}

/** The mean of the figure by which all of them are judged, null while some have none. */
function meanFigure(lines: readonly StageLine[]): Figure | null {
  const figures = lines.flatMap(({ figure }) => figure ?? []), [first] = figures;
  if (first === undefined || figures.length < lines.length) return null;
  return {
    name: first.name,
    value: figures.reduce((sum, { value }) => sum + value, 0) / figures.length,
  };
}

function stateText(stage: StageProgress, work: StageWork | null): string {
  const { state, result } = stage;
  const counted = work === null ? "" : countText(work);
  switch (state) {
    case "running":
      return work === null ? "running" : counted;
    case "completed": {
      const done = work === null ? "done" : `${formatCount(work.done)} ${work.unit}`;
      return result === null ? done : `${done} in ${formatSeconds(result.seconds)}`;
    }
    case "cached":
    case "waiting":
      return state;
    default:
      return join(counted, state);
  }
}

function waitingText(plan: StagePlan, states: ReadonlyMap<string, StageProgress["state"]>): string {
  const open = plan.from.filter((name) => {
    const state = states.get(name);
    return state !== "completed" && state !== "cached";
  });
  return open.length === 0 ? "waiting for a worker" : `waiting for ${open.join(", ")}`;
}

function countText({ done, total, unit }: StageWork): string {
  return `${formatCount(done)}/${formatCount(total)} ${unit}`;
}

function rateText({ done, total }: StageWork, rate: number): string {
  if (rate <= 0) return "";
  const left = (total - done) / rate;
  return join(`${formatCount(Math.max(1, rate))}/s`, left > 0 ? `ETA ${formatClock(left)}` : "");
}

function figureText({ name, value }: Figure): string {
  return `${FIGURE_LABELS[name]} ${formatMetric(name, value)}`;
}

function join(...parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join("  ");
}
