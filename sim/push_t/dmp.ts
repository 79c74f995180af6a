import { InvalidInputError } from "../../core/errors.ts";

/**
 * Planar dynamic movement primitives (Ijspeert et al. 2013, Neural Computation 25): a spring that
 * pulls a point from a start to a goal, bent by a forcing term that fades with a phase.
 *
 * For each axis, with τ the duration, α the stiffness and β = α/4, which damps critically:
 *
 *     τ ż = α (β (goal − y) − z) + f(s),   τ ẏ = z,   τ ṡ = −α_s s,   s(0) = 1
 *     f(s) = s · Σ ψᵢ(s) wᵢ / Σ ψᵢ(s),     ψᵢ(s) = exp(−h (s − cᵢ)²)
 *
 * with centres c evenly spaced in [0, 1] and h = 1/spacing². Integrated by Euler's method, z first.
 */

/** Parameters that are drawn for one movement. */
export interface DmpParameters {
  /** Duration of the movement (s). */
  readonly duration: number;
  /** Workspace, each [−1, 1]. */
  readonly start: readonly [x: number, y: number];
  readonly goal: readonly [x: number, y: number];
  /** `[2][n]`, one row per axis. */
  readonly weights: readonly [x: readonly number[], y: readonly number[]];
  readonly stiffness: number;
  /** Not used by the integration, which damps critically; part of the vector. */
  readonly damping: number;
}

/** Common parameters of all movements. */
export interface DmpConfig {
  /** Length of one step of the integration (s). */
  readonly dt: number;
  /** Rate α_s at which the phase fades. */
  readonly alphaS: number;
  /**
   * Whether the forcing term is multiplied by goal − start, so that a shape scales with its span.
   */
  readonly scaleForcing: boolean;
}

/**
 * A movement as one vector: duration, start, goal, weights (x, then y), stiffness, damping.
 *
 * @returns `[7 + 2n]`
 */
export function asVector(parameters: DmpParameters): Float64Array {
  const { duration, start, goal, weights, stiffness, damping } = parameters;
  return Float64Array.of(
    duration,
    ...start,
    ...goal,
    ...weights[0],
    ...weights[1],
    stiffness,
    damping,
  );
}

/**
 * Inverse of {@linkcode asVector}.
 *
 * @throws {RangeError} If the vector has not 7 + 2n components, n ≥ 2
 */
export function fromVector(vector: ArrayLike<number>): DmpParameters {
  const values = Array.from(vector), count = (values.length - 7) / 2;
  if (!Number.isInteger(count) || count < 2) {
    throw new RangeError(
      `Cannot read a movement: expected 7 + 2n numbers for n ≥ 2 weights an axis, found ${values.length}`,
    );
  }
  const [duration = 0, startX = 0, startY = 0, goalX = 0, goalY = 0] = values;
  const [stiffness = 0, damping = 0] = values.slice(-2);
  return {
    duration,
    start: [startX, startY],
    goal: [goalX, goalY],
    weights: [values.slice(5, 5 + count), values.slice(5 + count, 5 + 2 * count)],
    stiffness,
    damping,
  };
}

/**
 * The path of a movement.
 *
 * @param steps Steps of `config.dt`
 * @returns `[steps + 1, 2]` positions in the workspace, the start first
 * @throws {InvalidInputError} If a parameter is not finite, or the duration not positive
 */
export function rolloutDmp(
  parameters: DmpParameters,
  config: DmpConfig,
  steps: number,
): Float64Array {
  requireMovement(parameters);
  const { duration, start, goal, weights, stiffness } = parameters;
  const count = weights[0].length, spacing = 1 / (count - 1);
  const beta = stiffness / 4, rate = config.dt / duration;
  const position = [...start], velocity = [0, 0], basis = new Float64Array(count);
  const path = new Float64Array(2 * (steps + 1));
  path.set(position);
  let phase = 1;
  for (let step = 1; step <= steps; step++) {
    let sum = 0;
    for (let i = 0; i < count; i++) {
      const offset = (phase - i * spacing) / spacing;
      sum += basis[i] = Math.exp(-offset * offset);
    }
    for (const axis of [0, 1] as const) {
      let forcing = 0;
      for (let i = 0; i < count; i++) forcing += basis[i]! * weights[axis][i]!;
      forcing *= phase / sum;
      if (config.scaleForcing) forcing *= goal[axis] - start[axis];
      const y = position[axis]!, z = velocity[axis]!;
      velocity[axis] = z + (stiffness * (beta * (goal[axis] - y) - z) + forcing) * rate;
      position[axis] = y + velocity[axis]! * rate;
    }
    phase -= config.alphaS * phase * rate;
    path.set(position, 2 * step);
  }
  return path;
}

function requireMovement(parameters: DmpParameters): void {
  const { duration, ...rest } = parameters;
  const refuse = (expected: string, found: number | undefined) =>
    new InvalidInputError({
      action: "follow a movement",
      expected,
      found: String(found),
      remedy: "change the parameters of the movement",
    });
  if (!(duration > 0 && Number.isFinite(duration))) {
    throw refuse("a duration above 0 s", duration);
  }
  for (const [name, value] of Object.entries(rest)) {
    const found = [value].flat(2).find((number) => !Number.isFinite(number));
    if (found === undefined) continue;
    throw refuse(`finite ${name}`, found);
  }
}

/**
 * Returns every n-th position of a path except its first: the targets of a controller that runs n
 * times slower, at the end of each of its steps.
 *
 * @param path `[1 + n · count, 2]`
 * @returns `[count, 2]`
 */
export function downsample(path: Float64Array, every: number): Float64Array {
  const count = Math.floor((path.length / 2 - 1) / every);
  const sampled = new Float64Array(2 * count);
  for (let i = 0; i < count; i++) {
    const from = 2 * every * (i + 1);
    sampled.set(path.subarray(from, from + 2), 2 * i);
  }
  return sampled;
}

/** Phase of the exact solution, `time` s after the start; 1 there. */
export function phaseAt(time: number, duration: number, { alphaS }: DmpConfig): number {
  return Math.exp(-alphaS * time / duration);
}
