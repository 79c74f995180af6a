import { type EpisodeSource, rowSize } from "../../core/episode.ts";
import type { RandomGenerator } from "../../core/random.ts";
import { type FlowColumns, laterState, stepFields, type Trajectories } from "./transitions.ts";

/** Two states of one episode. */
export interface Pair {
  readonly episode: number;
  /** Row of the earlier state in `Trajectories.states`. */
  readonly from: number;
  /** Steps between both, at least 1. */
  readonly steps: number;
}

/** What counts as a moving transition: some components going further than a threshold. */
export interface MotionRule {
  /** Columns of the state, taken together as one vector. */
  readonly columns: readonly number[];
  /** Normalised length in each column of the threshold's unit. */
  readonly scale: Float32Array;
  /** In the unit of the columns. */
  readonly threshold: number;
}

/** Movement by more than 1 of some fields of a state, null where it has none of them. */
export function motionRule(
  source: EpisodeSource,
  { fields, normalization }: FlowColumns,
  moving: readonly string[],
): MotionRule | null {
  let column = 0;
  const columns = stepFields(source, fields).flatMap(({ name, shape }) =>
    Array.from({ length: rowSize(shape) }, () => ({ name, column: column++ }))
  ).filter(({ name }) => moving.includes(name)).map(({ column }) => column);
  return columns.length === 0 ? null : { columns, scale: normalization.scale, threshold: 1 };
}

/** Distance of two normalised states over the columns of a rule, in their unit. */
export function distance(a: Float32Array, b: Float32Array, { columns, scale }: MotionRule): number {
  const squares = columns.map((column) => ((a[column]! - b[column]!) * scale[column]!) ** 2);
  return Math.sqrt(squares.reduce((sum, square) => sum + square, 0));
}

/** Whether a pair moves by a rule. */
export function isMoving(trajectories: Trajectories, pair: Pair, rule: MotionRule): boolean {
  const { width } = trajectories, later = new Float32Array(width);
  laterState(trajectories, pair.from, pair.from + pair.steps, later);
  const before = trajectories.states.subarray(pair.from * width, (pair.from + 1) * width);
  return distance(later, before, rule) > rule.threshold;
}

/** Every pair that is `steps` apart, in order. */
export function pairsApart({ starts }: Trajectories, steps: number): readonly Pair[] {
  const pairs: Pair[] = [];
  for (let episode = 0; episode + 1 < starts.length; episode++) {
    for (let from = starts[episode]!; from + steps < starts[episode + 1]!; from++) {
      pairs.push({ episode, from, steps });
    }
  }
  return pairs;
}

/** The same pairs, each with an interval drawn uniformly from 1 to `maxSteps` and to the end. */
export function spreadPair(
  { starts }: Trajectories,
  { episode, from }: Pair,
  maxSteps: number,
  random: RandomGenerator,
): Pair {
  const left = starts[episode + 1]! - 1 - from;
  return { episode, from, steps: 1 + random.integer(Math.min(maxSteps, left)) };
}
