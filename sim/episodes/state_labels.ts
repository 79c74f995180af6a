import type { RandomGenerator } from "../../core/random.ts";
import type { EnvironmentDefinition } from "../world/environment.ts";
import { toAction } from "../world/spaces.ts";
import type { World } from "../world/world.ts";

/**
 * How an expert helps a learner: it is asked at every state that the learner comes to, and its
 * answers are what is learned from. Another way would be to let it go on from such a state for some
 * steps; it would begin here too, with a snapshot of the world at that state as the start of an
 * episode of the expert's own.
 */

/** Labeller of the states of a rollout, and the share of steps in which it acts as well. */
export interface LabelOptions {
  /** Policy of the environment that labels every state, the expert; none where absent. */
  readonly labels?: string | undefined;
  /**
   * Probability that the expert acts at a step in place of the learner, in [0, 1], default 0. It is
   * drawn at every step, independently, as DAgger's analysis has it (Ross, Gordon and Bagnell 2011,
   * lemma 4.1).
   */
  readonly mixture?: number | undefined;
}

/** The expert of one episode. */
export interface StateLabels {
  /** Returns the expert's action at a state, `[m]`, of the environment's action type. */
  of(observation: Float32Array): Float32Array;
  /** Whether the expert acts at this step; to be called once a step. */
  acts(): boolean;
}

/**
 * The expert of an episode that begins, null where there is none.
 *
 * @param random The episode's random numbers by purpose
 * @throws {InvalidInputError} If the environment has no such policy
 */
export function createStateLabels(
  { environment, labels, mixture = 0 }: LabelOptions & {
    readonly environment: EnvironmentDefinition;
  },
  world: World,
  random: (purpose: string) => RandomGenerator,
): StateLabels | null {
  if (labels === undefined) return null;
  const expert = environment.createPolicy(labels, world, random("labels"));
  const coin = random("mixture");
  return {
    of: (observation) => toAction(environment.action, expert(observation)),
    // Drawn whatever the mixture is, so that two of them differ in no other number.
    acts: () => coin.uniform() < mixture,
  };
}
