import type { StagePlan } from "../pipelines/plan.ts";
import { isStageProgress } from "./input_checks.ts";
import type { StageProgress, StageState } from "./types.ts";

/** States of a stage that has not ended. */
const OPEN: readonly StageState[] = ["waiting", "running", "paused"];

/** States of a run's stages, in the order of its plan. */
export class StageStates {
  readonly #stages: Map<string, StageProgress>;

  constructor(stages: readonly StagePlan[]) {
    this.#stages = new Map(stages.map((stage) => [stage.name, notBegun(stage)]));
  }

  get all(): readonly StageProgress[] {
    return [...this.#stages.values()];
  }

  /** Progress of all stages without their results, which are most of its size. */
  get brief(): readonly StageProgress[] {
    return this.all.map((stage) => ({ ...stage, result: null }));
  }

  /**
   * Takes over the progress that a stage reports, except for its result: its workflow returns that, and
   * may do so before the last report arrives.
   *
   * @returns Whether it was of a stage that is here
   */
  receive(progress: unknown): boolean {
    if (!isStageProgress(progress)) return false;
    const known = this.#stages.get(progress.stage);
    if (known === undefined || known.kind !== progress.kind) return false;
    const isKnown = progress.state === "completed" || !OPEN.includes(known.state);
    const state = isKnown ? known.state : progress.state;
    this.#stages.set(progress.stage, { ...progress, state, result: known.result });
    return true;
  }

  /** Changes what is known of a stage. */
  set(stage: string, change: Partial<StageProgress>): void {
    this.#stages.set(stage, { ...this.#stages.get(stage)!, ...change }); // it has every stage
  }
}

function notBegun({ name, kind, chain, shards }: StagePlan): StageProgress {
  const state: StageState = "waiting";
  const shardsTotal = shards ?? (chain ? Math.ceil(chain.target / chain.shard) : 0);
  return {
    stage: name,
    kind,
    state,
    shardsDone: 0,
    shardsTotal,
    candidates: 0,
    accepted: 0,
    steps: 0,
    successes: 0,
    reasons: {},
    result: null,
  };
}
