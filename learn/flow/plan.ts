import { z } from "zod";

/**
 * Plan of an episode: the targets that a controller follows, here the rolled-out movement, which
 * are known in addition to the condition. On a transition from t to t + Δ, a network sees them at
 * some times around both ends and in the middle.
 */

/** Fields in which a dataset stores an episode's plan. */
export const PLAN_FIELDS = z.strictObject({
  targets: z.string().describe("Step field of the targets; row k is the target at step k + 1"),
  start: z.string().describe(
    "Field of the state that follows them; its first row is the target at 0",
  ),
  duration: z.string().describe("Episode field: seconds that the movement lasts"),
});

/** The same of a saved flow: columns of the state that follow the plan. */
export const PLAN = z.strictObject({ columns: z.array(z.int().min(0)).min(1) });

/** A plan that a network reads. */
export type Plan = z.output<typeof PLAN>;

/** One plan. */
export interface PlanPath {
  /** `[steps + 1, width]` target at every control step, the start first; held after the end. */
  readonly targets: Float32Array;
  readonly width: number;
  /** Control steps that the movement lasts, not always whole. */
  readonly duration: number;
}

/** Times of a transition over Δ at which targets are read, in steps after t. */
const TIMES: readonly ((interval: number) => number)[] = [
  // Before t: where a controller that lags behind its target is going.
  () => -3,
  () => -2,
  () => -1,
  () => 0,
  (interval) => Math.min(1, interval),
  (interval) => interval / 2,
  (interval) => interval,
  (interval) => interval - Math.min(1, interval),
];

/** Targets of one transition. */
export const PLAN_TARGETS = TIMES.length;

/** Those of them about which a body's contacts are asked: one step on, the middle and the end. */
export const CONTACT_TARGETS = [4, 5, 6] as const;

/** Numbers of one row of {@linkcode writePlan}: targets, then the share of the duration, twice. */
export function planWidth(width: number): number {
  return PLAN_TARGETS * width + 2;
}

/**
 * Writes what a network sees of a plan on the transition from `time` over `interval`, both in steps:
 * targets, interpolated; the share s of the duration that has passed; and e^−s.
 *
 * @param out receives {@linkcode planWidth} numbers from `at`
 */
export function writePlan(
  { targets, width, duration }: PlanPath,
  time: number,
  interval: number,
  out: Float32Array,
  at: number,
): void {
  const last = targets.length / width - 1;
  let to = at;
  for (const timeOf of TIMES) {
    const position = Math.min(last, Math.max(0, time + timeOf(interval)));
    const row = Math.min(last - 1, Math.floor(position)), share = position - row;
    for (let j = 0; j < width; j++) {
      const from = row * width + j;
      out[to++] = (1 - share) * targets[from]! + share * targets[from + width]!;
    }
  }
  out[to++] = time / duration;
  out[to] = Math.exp(-time / duration);
}
