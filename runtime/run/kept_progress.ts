import type { LiveProgress } from "../../activities/live_progress.ts";
import type { StageProgress } from "../../workflows/types.ts";
import type { ProgressView } from "./progress.ts";

/** States in which a stage has its result. */
const DONE: readonly StageProgress["state"][] = ["completed", "cached"];

/**
 * The progress of a run as people follow it: it never runs backwards. An attempt that is made again
 * begins at its last checkpoint, and a stage that does not answer for the moment is known by its
 * last report; what was once shown as done stays so until more is.
 */
export class KeptProgress {
  #known: ProgressView | null = null;

  /** Returns a view in which nothing is behind those before. */
  next(view: ProgressView): ProgressView {
    this.#known = this.#known === null ? view : keepProgress(this.#known, view);
    return this.#known;
  }
}

/** Returns a view in which nothing is behind the one before. */
export function keepProgress(before: ProgressView, view: ProgressView): ProgressView {
  const known = new Map(before.stages.map((stage) => [stage.stage, stage]));
  const stages = view.stages.map((stage) => keepStage(known.get(stage.stage), stage));
  const live: Record<string, LiveProgress> = {};
  for (const { stage, state } of stages) {
    if (state !== "running" && state !== "paused") continue;
    const furthest = further(before.live[stage], view.live[stage]);
    if (furthest !== undefined) live[stage] = furthest;
  }
  return { ...view, stages, live };
}

function keepStage(before: StageProgress | undefined, stage: StageProgress): StageProgress {
  if (before === undefined) return stage;
  if (DONE.includes(before.state)) return before;
  const state = stage.state === "waiting" ? before.state : stage.state;
  if (!isBehind(stage, before)) return { ...stage, state };
  const { shardsDone, candidates, accepted, steps, successes, reasons, quarantined } = before;
  return {
    ...stage,
    state,
    shardsDone,
    candidates,
    accepted,
    steps,
    successes,
    reasons,
    ...(quarantined === undefined ? {} : { quarantined }),
  };
}

/** Whether a stage has less than it had. A chain that finds its end needs fewer shards than it did. */
function isBehind(stage: StageProgress, before: StageProgress): boolean {
  if (stage.candidates !== before.candidates) return stage.candidates < before.candidates;
  return stage.shardsDone < before.shardsDone && stage.shardsTotal >= before.shardsTotal;
}

/** The one of two progresses that is further; the later one if both are as far. */
export function further(
  before: LiveProgress | undefined,
  now: LiveProgress | undefined,
): LiveProgress | undefined {
  if (before === undefined || now === undefined) return now ?? before;
  return now.done < before.done ? { ...now, done: before.done } : now;
}
