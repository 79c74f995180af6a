import type { World } from "./world.ts";

/** State and observation that follow from one action. */
export interface ModelStep {
  /** `[k]` the exact state after the action. */
  readonly state: Float64Array;
  /** `[n]` the observation of it. */
  readonly observation: Float32Array;
}

/**
 * World as a model: from states to states, by copies. However much is tried, the episode continues
 * unchanged, to the bit.
 */
export interface WorldModel {
  /** `[k]` the exact state of the episode now; a copy. */
  snapshot(): Float64Array;
  /** The state after one action, one control period later. */
  step(state: Float64Array, action: Float32Array): ModelStep;
  /**
   * The states after each of some actions, one after another.
   *
   * @param until Ends the rollout early where it is true of a step
   */
  rollout(
    state: Float64Array,
    actions: Iterable<Float32Array>,
    until?: (step: ModelStep) => boolean,
  ): readonly ModelStep[];
}

/** The model of a world, which the same engine computes. */
export function worldModel(world: World): WorldModel {
  function rollout(
    state: Float64Array,
    actions: Iterable<Float32Array>,
    until: (step: ModelStep) => boolean = () => false,
  ): readonly ModelStep[] {
    const now = world.snapshot(), steps: ModelStep[] = [];
    try {
      world.restore(state);
      for (const action of actions) {
        const observation = world.step(action);
        const step = { state: world.snapshot(), observation };
        steps.push(step);
        if (until(step)) break;
      }
    } finally {
      world.restore(now);
    }
    return steps;
  }
  return {
    snapshot: () => world.snapshot(),
    step: (state, action) => rollout(state, [action])[0]!, // one action, one step
    rollout,
  };
}
