import type { NoiseKind } from "../../core/noise_kind.ts";
import type { RandomGenerator } from "../../core/random.ts";

/** Correlation time of correlated noise (s). */
const CORRELATION_TIME = 0.05;

export interface ActionNoiseOptions {
  readonly kind: NoiseKind;
  /** Standard deviation, in the action's unit. Of correlated noise, the largest of an episode. */
  readonly deviation: number;
  readonly controlHz: number;
  /** Numbers of an action. */
  readonly size: number;
}

/**
 * Noise for one episode: a function that gives what to add to component `i`, to be called for all
 * components in order at every step.
 *
 * `gaussian` is drawn anew at every step. `ornstein-uhlenbeck` begins at 0, moves with a correlation
 * time of 50 ms, and has a deviation drawn uniformly in [0, deviation] for the episode: motors
 * filter out what changes at every step, and mild noise beside strong covers more states.
 *
 * @see G. E. Uhlenbeck and L. S. Ornstein, "On the theory of the Brownian motion" (1930); the update
 * is the exact one for a fixed step
 */
export function createActionNoise(
  { kind, deviation, controlHz, size }: ActionNoiseOptions,
  random: RandomGenerator,
): (component: number) => number {
  if (kind === "gaussian") return () => deviation * random.normal();
  const values = new Float64Array(size);
  const kept = Math.exp(-1 / (controlHz * CORRELATION_TIME));
  const added = random.uniform(0, deviation) * Math.sqrt(1 - kept ** 2);
  return (component) => values[component] = kept * values[component]! + added * random.normal();
}
