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

/** Tells of stages that make no progress for long. */
export class StallNotes {
  readonly #stages = new Map<string, Standing>();

  /**
   * Returns the stages that have made no progress for long enough to be reported, and for how long.
   *
   * @param now Seconds of a clock that nobody sets
   */
  next({ stages, live, paused }: ProgressView, now: number): readonly string[] {
    return stages.flatMap(({ stage, state, shardsDone, candidates, steps }) => {
      if (state !== "running" || paused) {
        this.#stages.delete(stage);
        return [];
      }
      const mark = JSON.stringify([shardsDone, candidates, steps, live[stage]?.done ?? 0]);
      const before = this.#stages.get(stage);
      if (before?.mark !== mark) {
        this.#stages.set(stage, { mark, since: now, patience: PATIENCE });
        return [];
      }
      if (now - before.since < before.patience) return [];
      this.#stages.set(stage, { ...before, patience: 2 * before.patience });
      return [`${stage} has made no progress for ${formatSeconds(now - before.since)}`];
    });
  }
}
