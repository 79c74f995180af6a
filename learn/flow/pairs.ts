import { type EpisodeSource, rowSize } from "../../core/episode.ts";
import type { RandomGenerator } from "../../core/random.ts";
import { stepFields } from "./fields.ts";
import { type FlowColumns, type Trajectories, wayBetween } from "./trajectories.ts";

/**
 * Pairs of states of the same episodes, as columns: a large dataset has millions, and an object each
 * would take more memory than the states.
 */
export interface Pairs {
  readonly length: number;
  /** Rows of the earlier states in `Trajectories.states`, ascending. */
  readonly from: Int32Array;
  /** Steps between both, at least 1. */
  readonly steps: Int32Array;
}

/** Definition of a moving transition: some components change by more than a threshold. */
export interface MotionRule {
  /** Columns of the state, taken together as one vector. */
  readonly columns: readonly number[];
  /** Normalised length in each column of the threshold's unit. */
  readonly scale: Float32Array;
  /** Threshold in the unit of the columns. */
  readonly threshold: number;
}

/** Movement by more than 1 of some fields of a state, null if it has none of them. */
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
  let sum = 0;
  for (const column of columns) sum += ((a[column]! - b[column]!) * scale[column]!) ** 2;
  return Math.sqrt(sum);
}

/** A state, normalised, as a view. */
export function stateAt({ states, width }: Trajectories, row: number): Float32Array {
  return states.subarray(row * width, (row + 1) * width);
}

/** Steps that are left in the episode of a state. */
export function stepsLeft({ starts, episodes }: Trajectories, row: number): number {
  return starts[episodes[row]! + 1]! - 1 - row;
}

/** Whether a state moves by a rule within some steps. */
export function isMoving(
  trajectories: Trajectories,
  from: number,
  steps: number,
  rule: MotionRule,
): boolean {
  let sum = 0;
  for (const column of rule.columns) {
    sum += (wayBetween(trajectories, from, from + steps, column) * rule.scale[column]!) ** 2;
  }
  return Math.sqrt(sum) > rule.threshold;
}

/** Every pair that is `steps` apart, in order. */
export function pairsApart({ starts }: Trajectories, steps: number): Pairs {
  const from = new Int32Array(starts.at(-1)!);
  let length = 0;
  for (let episode = 0; episode + 1 < starts.length; episode++) {
    for (let row = starts[episode]!; row + steps < starts[episode + 1]!; row++) {
      from[length++] = row;
    }
  }
  return { length, from: from.slice(0, length), steps: new Int32Array(length).fill(steps) };
}

/** Steps to a later state of the same episode, uniform from 1 to `maxSteps` or to the end. */
export function drawSteps(
  trajectories: Trajectories,
  from: number,
  maxSteps: number,
  random: RandomGenerator,
): number {
  return 1 + random.integer(Math.min(maxSteps, stepsLeft(trajectories, from)));
}

/** The same earlier states, each with steps drawn by {@linkcode drawSteps}. */
export function spreadPairs(
  trajectories: Trajectories,
  { length, from }: Pairs,
  maxSteps: number,
  random: RandomGenerator,
): Pairs {
  const steps = from.map((row) => drawSteps(trajectories, row, maxSteps, random));
  return { length, from, steps };
}

/** Pairs that a predicate keeps. */
export function filterPairs(pairs: Pairs, keep: (from: number, steps: number) => boolean): Pairs {
  const rows = Array.from({ length: pairs.length }, (_, i) => i)
    .filter((i) => keep(pairs.from[i]!, pairs.steps[i]!));
  return pickPairs(pairs, rows);
}

/** Selects at most `count` of the pairs, evenly spaced. */
export function thinPairs(pairs: Pairs, count: number): Pairs {
  const { length } = pairs;
  if (length <= count) return pairs;
  return pickPairs(pairs, Array.from({ length: count }, (_, i) => Math.floor(i * length / count)));
}

function pickPairs({ from, steps }: Pairs, rows: readonly number[]): Pairs {
  return {
    length: rows.length,
    from: Int32Array.from(rows, (row) => from[row]!),
    steps: Int32Array.from(rows, (row) => steps[row]!),
  };
}
