import { CUBE, displacement, EE, isGrasped, TARGET } from "./pick_place_spaces.ts";

/** Gain of an action on the displacement to its target, per 0.1 m, and its largest component. */
const GAIN = 0.6 / 0.1, MAX_ACTION = 0.5;

/** Depth of the finger tips below the cube's middle, which covers most of its sides (m). */
const GRASP_DEPTH = 0.006;

/** Distances from the grasp, sideways and in height, within which the fingers close (m). */
const NEAR = 0.012;

/**
 * Height over the grasp, in m, by sideways error: a funnel of this slope down to {@linkcode ALIGNED},
 * and no higher than {@linkcode HIGHEST}. It makes approach and descent one law.
 */
const HIGHEST = 0.12, FUNNEL = 3, ALIGNED = 0.008;

/**
 * Approaches, descends, closes, lifts and carries, each decided from the observation alone: a phase
 * kept from step to step would be invisible to a policy that is cloned from it.
 *
 * @param observation `[28]`
 * @returns `[4]`
 */
export function pickPlaceExpert(observation: Float32Array): Float32Array {
  if (isGrasped(observation)) return action(displacement(observation, CUBE, TARGET), false);
  const [x, y, z] = displacement(observation, EE, CUBE);
  const depth = z - GRASP_DEPTH;
  const sideways = Math.hypot(x, y);
  if (sideways < NEAR && Math.abs(depth) < NEAR) return action([x, y, depth], false);
  const height = Math.min(HIGHEST, Math.max(0, FUNNEL * (sideways - ALIGNED)));
  return action([x, y, depth + height], true);
}

/** A proportional step along a displacement (m), with the fingers opening or closing. */
function action(towards: readonly number[], open: boolean): Float32Array {
  const step = towards.map((axis) => Math.min(MAX_ACTION, Math.max(-MAX_ACTION, GAIN * axis)));
  return Float32Array.of(...step, open ? 1 : -1);
}
