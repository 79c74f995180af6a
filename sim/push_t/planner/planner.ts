import { createRandom, type RandomGenerator } from "../../../core/random.ts";
import type { PolicyFunction } from "../../world/environment.ts";
import { type PushTEngine, WORLD_SIZE } from "../push_t_scene.ts";
import { FOLLOWED_PUSH_SIZE, FollowedPush, targetWithin } from "./follow_push.ts";
import { planPush } from "./plan_push.ts";

/** Facts of an episode that the planner knows. */
export interface PlannerEpisode {
  /** The exact state of the episode's engine now. */
  readonly snapshot: () => Float64Array;
  /** Another engine of the same kind, in which it may do as it likes. */
  readonly model: PushTEngine;
  readonly random: RandomGenerator;
}

/** Coverage at which the planner considers the goal reached: with a margin over 0.95. */
const AIM = 0.97;

/** Distance that the agent goes towards the middle where no push can begin (px). */
const RETREAT = 28;

/**
 * The expert of Push-T: plans a push with the engine that it is on, carries it out, and plans the
 * next one. What it does in a state is a function of that state, of the episode's random numbers and
 * of {@linkcode PolicyFunction.snapshot}.
 *
 * @returns From an observation `[5]` to a target at most 45 px from the agent, as float32
 */
export function createPlanner({ snapshot, model, random }: PlannerEpisode): PolicyFunction {
  // Each plan has numbers of its own, so that how many another one drew is no part of its state.
  const seed = random.uint32();
  let plans = 0;
  let push: FollowedPush | null = null;
  const act = (observation: Float32Array): Float32Array => {
    const target = push?.next(observation);
    if (target) return target;
    const plan = planPush({
      model,
      state: snapshot(),
      random: createRandom(seed, "push", plans++),
      aim: AIM,
    });
    push = plan && FollowedPush.begin(plan, observation);
    return push?.next(observation) ?? retreat(observation);
  };
  return Object.assign(act, {
    snapshot: () => Float64Array.of(plans, Number(push !== null), ...push?.save() ?? NO_PUSH),
    restore(state: Float64Array) {
      plans = state[0]!;
      push = state[1] === 1 ? FollowedPush.load(state.subarray(2)) : null;
    },
  });
}

const NO_PUSH: readonly number[] = new Array(FOLLOWED_PUSH_SIZE).fill(0);

function retreat([x = 0, y = 0]: Float32Array): Float32Array {
  return targetWithin(RETREAT, [x, y], [WORLD_SIZE / 2, WORLD_SIZE / 2]);
}
