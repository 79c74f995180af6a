/** Divisors of a body's features, in numbers and in ONNX. Lengths are multiples of `body.size`. */

/** Lengths that count as 1: of positions, of what is seen through tanh, of a step, of a target. */
export const FAR = 1, NEAR = 0.4, STEP = 0.15, TARGET = 0.4;
/**
 * Scales of the displacement to the goal, plain and through tanh, and of positions in the world.
 */
export const GOAL = 1.5, GOAL_RANGES = [0.3, 0.06] as const, WORLD = 2;
/** Scales of the rotation to the goal, through tanh (rad). */
export const TURN_RANGES = [0.3, 0.06] as const;
/** Scales of gaps, through tanh: near a contact, and well before it. */
export const GAP_RANGES = [0.05, 0.3] as const;

/** A whole turn (rad). */
export const TURN = 2 * Math.PI;

/** A point of a body's frame in the world. */
export function placed(x: number, y: number, angle: number, [px, py]: readonly [number, number]) {
  const cosine = Math.cos(angle), sine = Math.sin(angle);
  return [x + cosine * px - sine * py, y + sine * px + cosine * py] as const;
}
