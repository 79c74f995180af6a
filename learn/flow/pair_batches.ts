import { InvalidInputError } from "../../core/errors.ts";
import { createRandom, type RandomGenerator } from "../../core/random.ts";
import { type BatchSource, copyRows } from "../training/batch_source.ts";
import { drawSteps, isMoving, type MotionRule, pairsApart, stateAt, stepsLeft } from "./pairs.ts";
import { planWidth, writePlan } from "./plan.ts";
import { laterState, planOf, type Trajectories } from "./trajectories.ts";

/** Options for making batches of pairs of states. */
export interface PairBatchOptions {
  readonly batch: number;
  readonly seed: number;
  readonly stream: string;
  /** Most steps between the states of a pair. */
  readonly maxSteps: number;
  /** Share of a batch whose pairs are one step apart; the others are any number of steps. */
  readonly oneStep: number;
  /** `[width]` deviation of the noise on later states, normalised. */
  readonly noise: Float32Array;
  /** Draws the inputs of the consistency terms too, whose strength grows to 1 over `warmup` steps. */
  readonly consistency: { readonly warmup: number } | null;
  /** Share of a batch that starts at moving states, importance-weighted; null draws all equally. */
  readonly oversample: { readonly share: number; readonly rule: MotionRule } | null;
}

/** Steps within which a state that is about to move counts as moving. */
const MOTION_STEPS = 3;
/** Rows on which the validation loss is measured. */
const VALIDATION_ROWS = 4096;

/**
 * Random pairs of states of the same episode: the first uniform over all states but the last of an
 * episode, the interval uniform, or one step for a share of them. Batch k is a pure function of (seed, stream, k).
 *
 * @throws {InvalidInputError} If there is no pair
 */
export function openPairBatches(
  trajectories: Trajectories,
  options: PairBatchOptions,
): BatchSource {
  const { length, from } = pairsApart(trajectories, 1);
  if (length === 0) {
    throw new InvalidInputError({
      action: "train a flow",
      expected: "transitions in the training split",
      found: "none",
      remedy: "merge with a larger split.train",
    });
  }
  const { batch, seed, stream, oversample } = options;
  const groups = groupStarts(trajectories, from, oversample);
  const buffers = createBuffers(trajectories, batch);
  return {
    rows: length,
    prepare(step) {
      const random = createRandom(seed, `${stream}/pairs`, step);
      const strength = strengthAt(step, options);
      let group = 0;
      for (let row = 0; row < batch; row++) {
        while (row >= groups[group]!.end * batch) group++;
        const { members, weight } = groups[group]!;
        const start = members[random.integer(members.length)]!;
        fillRow(buffers, row, trajectories, start, { weight, strength, random, options });
      }
      return undefined;
    },
    fill: (input, first, rows, out, stride) =>
      copyRows(buffers[input]!, first, rows, out, stride, batch),
  };
}

/**
 * Opens pairs of other trajectories for validation, always the same ones, each of weight 1 and all
 * with uniform intervals; none if there are none.
 */
export function openPairValidation(
  trajectories: Trajectories,
  options: PairBatchOptions,
): BatchSource {
  const { length, from } = pairsApart(trajectories, 1);
  const rows = Math.min(VALIDATION_ROWS, length);
  const buffers = createBuffers(trajectories, rows);
  const random = createRandom(options.seed, "flow/validation", 0);
  const drawn = { weight: 1, strength: 1, random, options: { ...options, oneStep: 0 } };
  for (let row = 0; row < rows; row++) {
    const start = from[Math.floor(row * length / rows)]!;
    fillRow(buffers, row, trajectories, start, drawn);
  }
  return {
    rows,
    prepare: () => undefined,
    fill: (input, first, count, out, stride) =>
      copyRows(buffers[input]!, first, count, out, stride, rows),
  };
}

/** Factor of the consistency terms at a step, counted from 0. */
function strengthAt(step: number, { consistency }: PairBatchOptions): number {
  return consistency === null ? 0 : Math.min(1, (step + 1) / (consistency.warmup + 1));
}

/** Pairs that a share of every batch is drawn from. */
interface Group {
  /** Rows of their earlier states. */
  readonly members: Int32Array;
  /** Fraction of the batch at which the group ends. */
  readonly end: number;
  /** Its share of all pairs over its share of a batch: the weighted mean is that of all pairs. */
  readonly weight: number;
}

function groupStarts(
  trajectories: Trajectories,
  starts: Int32Array,
  oversample: PairBatchOptions["oversample"],
): readonly Group[] {
  const all = [{ members: starts, end: 1, weight: 1 }];
  if (oversample === null || oversample.share === 0) return all;
  const { share, rule } = oversample;
  // Both in one array, from its two ends.
  const sorted = new Int32Array(starts.length);
  let first = 0, last = starts.length;
  for (const row of starts) {
    const steps = Math.min(MOTION_STEPS, stepsLeft(trajectories, row));
    if (isMoving(trajectories, row, steps, rule)) sorted[--last] = row;
    else sorted[first++] = row;
  }
  const still = sorted.subarray(0, first), moving = sorted.subarray(first);
  if (moving.length === 0 || still.length === 0) return all;
  return [
    { members: still, end: 1 - share, weight: still.length / starts.length / (1 - share) },
    { members: moving, end: 1, weight: moving.length / starts.length / share },
  ];
}

type Buffers = Readonly<Record<string, Float32Array>>;

/** Inputs of `recordFlowLoss()`, by name. */
function createBuffers({ width, conditionWidth, plans }: Trajectories, rows: number): Buffers {
  const plan = plans === null ? 0 : planWidth(plans.width);
  const widths = {
    state: width,
    next: width,
    condition: conditionWidth,
    time: 1,
    interval: 1,
    weight: 1,
    strength: 1,
    ratio: 1,
    noise0: width,
    noise1: width,
    noise2: width,
    noise3: width,
    plan,
    planFirst: plan,
    planSecond: plan,
  };
  return Object.fromEntries(
    Object.entries(widths).map(([name, size]) => [name, new Float32Array(rows * size)]),
  );
}

/** Ratios of a bridge stay clear of its ends, where a density has no bound. */
const RATIO = [0.05, 0.95] as const;

/**
 * Draws where a bridge of `steps` steps is evaluated: at the middle step, or at one of the two
 * middle steps if their number is odd. Halves of halves are then consistent down to single steps,
 * as in Frans et al., "One Step Diffusion via Shortcut Models", 2024, and only steps that occur in
 * the data, other than the single one, are split.
 */
function drawRatio(steps: number, random: RandomGenerator): number {
  if (steps === 1) return random.uniform(...RATIO);
  return (steps + steps % 2 * (2 * random.integer(2) - 1)) / 2 / steps;
}

function fillRow(
  buffers: Buffers,
  row: number,
  trajectories: Trajectories,
  from: number,
  { weight, strength, random, options }: {
    readonly weight: number;
    readonly strength: number;
    readonly random: RandomGenerator;
    readonly options: PairBatchOptions;
  },
): void {
  const { width, conditions, conditionWidth, starts, episodes, plans } = trajectories;
  const episode = episodes[from]!, time = from - starts[episode]!;
  const isShort = options.oneStep > 0 && random.uniform() < options.oneStep;
  const steps = isShort ? 1 : drawSteps(trajectories, from, options.maxSteps, random);
  const next = buffers["next"]!.subarray(row * width, (row + 1) * width);
  buffers["state"]!.set(stateAt(trajectories, from), row * width);
  buffers["condition"]!.set(
    conditions.subarray(episode * conditionWidth, (episode + 1) * conditionWidth),
    row * conditionWidth,
  );
  laterState(trajectories, from, from + steps, next);
  for (let j = 0; j < width; j++) next[j]! += options.noise[j]! * random.normal();
  buffers["time"]![row] = time;
  buffers["interval"]![row] = steps;
  buffers["weight"]![row] = weight;
  const plan = plans === null ? null : planOf(trajectories, plans, episode);
  const see = (name: string, start: number, interval: number): void => {
    if (plan === null) return;
    writePlan(plan, start, interval, buffers[name]!, row * planWidth(plan.width));
  };
  see("plan", time, steps);
  if (options.consistency === null) return;
  buffers["strength"]![row] = strength;
  const ratio = drawRatio(steps, random);
  buffers["ratio"]![row] = ratio;
  for (const i of [0, 1, 2, 3]) {
    const noise = buffers[`noise${i}`]!;
    for (let j = 0; j < width; j++) noise[row * width + j] = random.normal();
  }
  see("planFirst", time, ratio * steps);
  see("planSecond", time + ratio * steps, (1 - ratio) * steps);
}
