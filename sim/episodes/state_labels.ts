import type { RandomGenerator } from "../../core/random.ts";
import type { EnvironmentDefinition } from "../world/environment.ts";
import { toAction } from "../world/spaces.ts";
import type { World } from "../world/world.ts";

/**
 * How an expert helps a learner. It is asked at every state that the learner comes to, and its
 * answers are what is learned from; or it takes over at one of these states and goes on by itself for
 * some steps, which are what is learned from: the answers to single states make no plan together.
 */

/** Labeller of the states of a rollout, and how much of it is the labeller's own doing. */
export interface LabelOptions {
  /** Policy of the environment that labels every state, the expert; none where absent. */
  readonly labels?: string | undefined;
  /**
   * Probability that the expert acts at a step in place of the learner, in [0, 1], default 0. It is
   * drawn at every step, independently, as DAgger's analysis has it (Ross, Gordon and Bagnell 2011,
   * lemma 4.1).
   */
  readonly mixture?: number | undefined;
  /**
   * Steps for which the expert goes on from a state of the learner, at least 1: these alone are
   * recorded, as an episode that begins at that state. The state is the one after a number of the
   * learner's steps that is uniform in [0, maxSteps − takeover]: those of one episode or, where the
   * learner is done before, of several. Roll-in by the learner and roll-out by the expert are those of
   * AggreVaTe (Ross and Bagnell 2014, algorithm 1), but that the expert's actions are what is learned,
   * not their cost.
   */
  readonly takeover?: number | undefined;
}

/** Steps of the learner before the expert takes over, in [0, `maxSteps` − `takeover`]. */
export function drawRollIn(random: RandomGenerator, maxSteps: number, takeover: number): number {
  return random.integer(maxSteps - takeover + 1);
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
