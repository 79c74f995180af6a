import { add, affine, multiply, pointwise, rowSums, subtract } from "../tape/arithmetic.ts";
import type { Tape, Value } from "../tape/tape.ts";

/** A normal distribution with independent components, `[rows, state]` each. */
export interface DiagonalNormal {
  readonly mean: Value;
  /** Standard deviations, positive. */
  readonly scale: Value;
}

/** ln √(2π) */
const LOG_ROOT_TAU = 0.5 * Math.log(2 * Math.PI);

/** (x − mean) / scale. */
export function standardize(tape: Tape, { mean, scale }: DiagonalNormal, x: Value): Value {
  const inverse = pointwise(tape, affine(tape, pointwise(tape, scale, "log"), -1), "exp");
  return multiply(tape, subtract(tape, x, mean), inverse);
}

/** mean + scale · u. */
export function unstandardize(tape: Tape, { mean, scale }: DiagonalNormal, u: Value): Value {
  return add(tape, mean, multiply(tape, scale, u));
}

/** ln N(mean + scale·u; mean, scale), `[rows, 1]`, of standardised residuals u. */
export function logDensity(tape: Tape, { scale }: DiagonalNormal, u: Value): Value {
  const square = affine(tape, multiply(tape, u, u), -0.5, -LOG_ROOT_TAU);
  return rowSums(tape, subtract(tape, square, pointwise(tape, scale, "log")));
}
