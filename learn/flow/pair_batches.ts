import { InvalidInputError } from "../../core/errors.ts";
import { createRandom, type RandomGenerator } from "../../core/random.ts";
import { type BatchSource, copyRows } from "../batch_source.ts";
import { isMoving, type MotionRule, type Pair, pairsApart, spreadPair } from "./pairs.ts";
import { laterState, type Trajectories } from "./transitions.ts";

/** How pairs of states become batches. */
export interface PairBatchOptions {
  readonly batch: number;
  readonly seed: number;
  readonly stream: string;
  /** Most steps between the states of a pair. */
  readonly maxSteps: number;
  /** `[width]` deviation of the noise on later states, normalised. */
  readonly noise: Float32Array;
  /** Whether the inputs of the consistency terms are drawn too. */
  readonly consistency: boolean;
  /** Share of a batch that begins at moving states, importance-weighted; null draws all alike. */
  readonly oversample: { readonly share: number; readonly rule: MotionRule } | null;
}

/** Steps within which a state that is about to move counts as moving. */
const MOTION_STEPS = 3;
/** Rows on which the validation loss is measured. */
const VALIDATION_ROWS = 2048;

/**
 * Random pairs of states of the same episode: the first uniform over all states but the last of an
 * episode, the interval uniform. Batch k is a pure function of (seed, stream, k).
 *
 * @throws {InvalidInputError} If there is no pair
 */
export function openPairBatches(
  trajectories: Trajectories,
  options: PairBatchOptions,
): BatchSource {
  const pairs = pairsApart(trajectories, 1);
  if (pairs.length === 0) {
    throw new InvalidInputError(
      `Cannot train a flow: expected transitions in the training split, found none: ` +
        `merge with a larger split.train`,
    );
  }
  const { batch, seed, stream, oversample } = options;
  const groups = groupPairs(trajectories, pairs, oversample);
  const buffers = createBuffers(trajectories, batch);
  return {
    rows: pairs.length,
    prepare(step) {
      const random = createRandom(seed, `${stream}/pairs`, step);
      let group = 0, row = 0;
      for (; row < batch; row++) {
        while (row >= groups[group]!.end * batch) group++;
        const { members, weight } = groups[group]!;
        const start = members[random.integer(members.length)]!;
        const pair = spreadPair(trajectories, start, options.maxSteps, random);
        fillRow(buffers, row, trajectories, pair, { weight, random, options });
      }
      return undefined;
    },
    fill: (input, first, rows, out, stride) =>
      copyRows(buffers[input]!, first, rows, out, stride, batch),
  };
}

/** Some pairs of other trajectories, always the same ones, each of weight 1; none where none are. */
export function openPairValidation(
  trajectories: Trajectories,
  options: PairBatchOptions,
): BatchSource {
  const pairs = pairsApart(trajectories, 1);
  const rows = Math.min(VALIDATION_ROWS, pairs.length);
  const buffers = createBuffers(trajectories, rows);
  const random = createRandom(options.seed, "flow/validation", 0);
  for (let row = 0; row < rows; row++) {
    const start = pairs[Math.floor(row * pairs.length / rows)]!;
    const pair = spreadPair(trajectories, start, options.maxSteps, random);
    fillRow(buffers, row, trajectories, pair, { weight: 1, random, options });
  }
  return {
    rows,
    prepare: () => undefined,
    fill: (input, first, count, out, stride) =>
      copyRows(buffers[input]!, first, count, out, stride, rows),
  };
}

/** Pairs that a share of every batch is drawn from. */
interface Group {
  readonly members: readonly Pair[];
  /** Fraction of the batch at which the group ends. */
  readonly end: number;
  /** Its share of all pairs over its share of a batch: the weighted mean is that of all pairs. */
  readonly weight: number;
}

function groupPairs(
  trajectories: Trajectories,
  pairs: readonly Pair[],
  oversample: PairBatchOptions["oversample"],
): readonly Group[] {
  const all = [{ members: pairs, end: 1, weight: 1 }];
  if (oversample === null || oversample.share === 0) return all;
  const { share, rule } = oversample, { starts } = trajectories;
  const moves = pairs.map((pair) => {
    const left = starts[pair.episode + 1]! - 1 - pair.from;
    return isMoving(trajectories, { ...pair, steps: Math.min(MOTION_STEPS, left) }, rule);
  });
  const moving = pairs.filter((_, i) => moves[i]), still = pairs.filter((_, i) => !moves[i]);
  if (moving.length === 0 || still.length === 0) return all;
  return [
    { members: still, end: 1 - share, weight: still.length / pairs.length / (1 - share) },
    { members: moving, end: 1, weight: moving.length / pairs.length / share },
  ];
}

type Buffers = Readonly<Record<string, Float32Array>>;

/** Inputs of `recordFlowLoss()`, by name. */
function createBuffers({ width, conditionWidth }: Trajectories, rows: number): Buffers {
  const noise = [0, 1, 2, 3].map((i) => [`noise${i}`, width] as const);
  return Object.fromEntries(
    ([
      ["state", width],
      ["next", width],
      ["condition", conditionWidth],
      ["time", 1],
      ["interval", 1],
      ["weight", 1],
      ["ratio", 1],
      ...noise,
    ] as const).map(([name, size]) => [name, new Float32Array(rows * size)]),
  );
}

/** Ratios of a bridge stay clear of its ends, where a density has no bound. */
const RATIO = [0.05, 0.95] as const;

function fillRow(
  buffers: Buffers,
  row: number,
  trajectories: Trajectories,
  { episode, from, steps }: Pair,
  { weight, random, options }: {
    readonly weight: number;
    readonly random: RandomGenerator;
    readonly options: PairBatchOptions;
  },
): void {
  const { states, width, conditions, conditionWidth, starts } = trajectories;
  const next = buffers["next"]!.subarray(row * width, (row + 1) * width);
  buffers["state"]!.set(states.subarray(from * width, (from + 1) * width), row * width);
  buffers["condition"]!.set(
    conditions.subarray(episode * conditionWidth, (episode + 1) * conditionWidth),
    row * conditionWidth,
  );
  laterState(trajectories, from, from + steps, next);
  for (let j = 0; j < width; j++) next[j]! += options.noise[j]! * random.normal();
  buffers["time"]![row] = from - starts[episode]!;
  buffers["interval"]![row] = steps;
  buffers["weight"]![row] = weight;
  if (!options.consistency) return;
  buffers["ratio"]![row] = random.uniform(...RATIO);
  for (const i of [0, 1, 2, 3]) {
    const noise = buffers[`noise${i}`]!;
    for (let j = 0; j < width; j++) noise[row * width + j] = random.normal();
  }
}
