import type { PipelinePlan } from "../../pipelines/plan.ts";
import { groupVariants, SHOWN_VARIANTS } from "../../pipelines/variants/variant_groups.ts";
import { noteLine } from "../kit/output.ts";
import {
  describeStages,
  type ProgressView,
  type StageLine,
  workOf,
} from "../../runtime/run/progress.ts";
import { RateMeter } from "./rate_meter.ts";
import { renderBars, renderLine, stageEvent } from "./render_progress.ts";
import { logLine, runOf } from "../../runtime/run/run_log.ts";
import { LiveArea, terminalSize, terminalTraits } from "../kit/terminal.ts";

/** Display by which a person or a program follows a run. It writes only to standard error. */
export interface ProgressDisplay extends Disposable {
  update(view: ProgressView): void;
  /** A line that stays: a worker restarted, a stage is held by another run. */
  note(text: string): void;
}

/** Seconds between two lines of a stage in a log, where nothing but its count changed. */
const LINE_INTERVAL = 10;

/** Creates the display that standard error can take, or JSON lines on request. */
export function createDisplay(
  plan: PipelinePlan,
  { json, interval }: { readonly json: boolean; readonly interval?: number | undefined },
): ProgressDisplay {
  if (json) return new LogDisplay(plan, JSON_LINES, noteLine, interval);
  const { live, colour } = terminalTraits();
  return live ? new LiveDisplay(plan, colour) : new LogDisplay(plan, PLAIN_LINES, noteLine);
}

/** Seconds over which the rate of variants is measured, of which few end a minute. */
const VARIANTS_WINDOW = 600;

/** Rates by stage, measured from one view to the next. */
class Rates {
  readonly #meters = new Map<string, RateMeter>();

  measure(plan: PipelinePlan, { stages, live }: ProgressView): ReadonlyMap<string, number> {
    const rates = new Map<string, number>();
    const now = performance.now() / 1000;
    for (const stage of stages) {
      const stagePlan = plan.stages.find(({ name }) => name === stage.stage);
      if (stage.state !== "running" || stagePlan === undefined) continue;
      const work = workOf(stage, stagePlan, live[stage.stage]);
      if (work === null) continue;
      const meter = this.#meters.get(stage.stage) ?? new RateMeter();
      this.#meters.set(stage.stage, meter);
      meter.record(now, work.done);
      if (meter.rate !== null) rates.set(stage.stage, meter.rate);
    }
    for (const { base, stages: variants } of groupVariants(stages, ({ stage }) => stage)) {
      if (variants.length <= SHOWN_VARIANTS) continue;
      const meter = this.#meters.get(base) ?? new RateMeter(VARIANTS_WINDOW);
      this.#meters.set(base, meter);
      meter.record(now, variants.filter(({ state }) => state === "completed").length);
      if (meter.rate !== null) rates.set(base, meter.rate);
    }
    return rates;
  }
}

class LiveDisplay implements ProgressDisplay {
  readonly #area = new LiveArea();
  readonly #rates = new Rates();
  readonly #plan: PipelinePlan;
  readonly #colour: boolean;
  #lines: readonly StageLine[] = [];
  // A terminal that is resized between two views is drawn again at once.
  readonly #redraw = () => this.#draw();

  constructor(plan: PipelinePlan, colour: boolean) {
    this.#plan = plan;
    this.#colour = colour;
    Deno.addSignalListener("SIGWINCH", this.#redraw);
  }

  update(view: ProgressView): void {
    this.#lines = describeStages(this.#plan, view, this.#rates.measure(this.#plan, view));
    this.#draw();
  }

  note(text: string): void {
    this.#area.writeAbove(text);
    this.#draw();
  }

  #draw(): void {
    if (this.#lines.length === 0) return;
    const width = terminalSize().columns;
    this.#area.update(renderBars(this.#lines, { width, colour: this.#colour }));
  }

  [Symbol.dispose](): void {
    Deno.removeSignalListener("SIGWINCH", this.#redraw);
    this.#area[Symbol.dispose]();
  }
}

/** Format of the lines of a log. */
interface LogFormat {
  /** @param run As a person names it; absent until it has a number */
  stage(line: StageLine, run: string | undefined): string;
  note(text: string, run: string | undefined): string;
}

const PLAIN_LINES: LogFormat = { stage: renderLine, note: (text) => text };

export const JSON_LINES: LogFormat = {
  stage: (line, run) => logLine({ run, ...stageEvent(line) }),
  note: (text, run) => logLine({ run, event: "note", text }),
};

/** A line where something changed: at once for a state, now and then for a count. */
export class LogDisplay implements ProgressDisplay {
  readonly #rates = new Rates();
  readonly #plan: PipelinePlan;
  readonly #format: LogFormat;
  readonly #write: (line: string) => void;
  readonly #written = new Map<string, { readonly line: StageLine; readonly at: number }>();
  readonly #interval: number;
  #run: string | undefined;

  /** @param interval Least time between two lines in which only a count changes (s) */
  constructor(
    plan: PipelinePlan,
    format: LogFormat,
    write: (line: string) => void,
    interval: number = LINE_INTERVAL,
  ) {
    this.#plan = plan;
    this.#format = format;
    this.#write = write;
    this.#interval = interval;
  }

  update(view: ProgressView): void {
    const now = performance.now() / 1000;
    if (view.run !== null) this.#run = runOf(view.run.directory);
    for (const line of describeStages(this.#plan, view, this.#rates.measure(this.#plan, view))) {
      const last = this.#written.get(line.name);
      if (line.state === "waiting" && last === undefined) continue;
      const sameState = last?.line.state === line.state;
      const counts = line.state === "running" && now - (last?.at ?? 0) >= this.#interval;
      if (sameState && (!counts || last.line.text === line.text)) continue;
      this.#written.set(line.name, { line, at: now });
      this.#write(this.#format.stage(line, this.#run));
    }
  }

  note(text: string): void {
    this.#write(this.#format.note(text, this.#run));
  }

  [Symbol.dispose](): void {}
}
