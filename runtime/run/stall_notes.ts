import { formatSeconds } from "../../view/format.ts";
import type { ProgressView } from "./progress.ts";

/** Time without progress after which a stage is reported, which then doubles each time (s). */
const PATIENCE = 60;

interface Standing {
  /** Progress at that time, as text. */
  readonly mark: string;
  /** Start of the standstill (s). */
  readonly since: number;
  /** Time until the next report (s). */
  readonly patience: number;
}

/**
 * Tells of stages that make no progress for long. One that has not begun waits for a thread, as long
 * as others go on, or for the stage before it, if that stands still too.
 */
export class StallNotes {
  readonly #stages = new Map<string, Standing>();
  /** Last progress of any stage (s). */
  #advanced = -Infinity;

  /**
   * Returns the stages that have made no progress for long enough to be reported, and for how long.
   *
   * @param now Seconds of a clock that nobody sets
   */
  next({ stages, live, paused }: ProgressView, now: number): readonly string[] {
    const standing: { readonly stage: string; readonly hasBegun: boolean }[] = [];
    for (const { stage, state, shardsDone, candidates, steps } of stages) {
      if (state !== "running" || paused) {
        if (this.#stages.delete(stage)) this.#advanced = now;
        continue;
      }
      const done = live[stage]?.done ?? 0,
        mark = JSON.stringify([shardsDone, candidates, steps, done]);
      if (this.#stages.get(stage)?.mark === mark) {
        standing.push({ stage, hasBegun: shardsDone > 0 || done > 0 });
        continue;
      }
      this.#stages.set(stage, { mark, since: now, patience: PATIENCE });
      this.#advanced = now;
    }
    return standing.filter(({ hasBegun }, index) => hasBegun || index === 0)
      .flatMap(({ stage, hasBegun }) => this.#reportOf(stage, hasBegun, now));
  }

  #reportOf(stage: string, hasBegun: boolean, now: number): string[] {
    const standing = this.#stages.get(stage)!; // next() has seen it before
    const since = hasBegun ? standing.since : Math.max(standing.since, this.#advanced);
    if (now - since < standing.patience) return [];
    this.#stages.set(stage, { ...standing, patience: 2 * standing.patience });
    return [`${stage} has made no progress for ${formatSeconds(now - since)}`];
  }
}
