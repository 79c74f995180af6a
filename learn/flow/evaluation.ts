import type { EpisodeSource, SavedPolicy, Split } from "../../core/episode.ts";
import { InvalidInputError } from "../../core/errors.ts";
import { createRandom, type RandomGenerator } from "../../core/random.ts";
import { parseConfig } from "../model.ts";
import { savedNormalization } from "../normalization.ts";
import { savedTensor } from "../parameters.ts";
import { FLOW_CONFIG } from "./config.ts";
import { type FlowDensity, type FlowQuery, openFlow } from "./density.ts";
import {
  coverage,
  fitGaussianReference,
  gaussianNll,
  mean,
  median,
  noiseBound,
  worstCoverage,
} from "./metrics.ts";
import {
  distance,
  type MotionRule,
  motionRule,
  type Pair,
  pairsApart,
  spreadPair,
} from "./pairs.ts";
import { laterState, readTrajectories, type Trajectories } from "./transitions.ts";

/** How {@linkcode evaluateFlow} measures. */
export interface FlowEvaluationOptions {
  readonly split: Split;
  readonly seed: number;
  /** Samples of each density, at least 1,024 for intervals and medians that are not biased. */
  readonly samples?: number;
  /** Transitions of each kind whose density is sampled, evenly spaced over all. */
  readonly sampledPairs?: number;
}

/** What was measured of one transition. */
interface Measured {
  readonly moving: boolean;
  readonly nll: number;
  readonly gaussianNll: number;
}

/** What samples of one density say. Errors are distances over the moving fields, in their unit. */
interface Sampled {
  readonly moving: boolean;
  /** `[state]` fraction of samples below what came. */
  readonly ranks: readonly number[];
  readonly error: number;
  readonly persistence: number;
  /** Null at the first state of an episode. */
  readonly constantVelocity: number | null;
}

/** Everything that an evaluation reads. */
interface Evaluation {
  readonly trajectories: Trajectories;
  readonly noise: Float32Array;
  readonly rule: MotionRule;
  readonly random: RandomGenerator;
}

/** Rows of one query of densities. */
const DENSITY_ROWS = 256;

/**
 * Measures a flow on the trajectories of a split, with the declared noise on what came. Likelihoods
 * are over every transition, in nats in the state's own units; one step unless named `mix`, which is
 * one interval of 1 to `maxSteps` from each state. A measure that no transition has is left out.
 *
 * @throws {InvalidInputError} If the split is empty or the flow does not fit the dataset
 */
export async function evaluateFlow(
  saved: SavedPolicy,
  source: EpisodeSource,
  options: FlowEvaluationOptions,
): Promise<Readonly<Record<string, number>>> {
  const { samples = 1024, sampledPairs = 1000, seed, split } = options;
  const config = parseConfig("flow", FLOW_CONFIG, saved.config);
  const { state: size, condition: conditionSize } = config.architecture;
  const state = { fields: config.state, normalization: savedNormalization(saved, "state", size) };
  const condition = {
    fields: config.condition,
    normalization: savedNormalization(saved, "condition", conditionSize),
  };
  const { scale } = state.normalization;
  const declared = savedTensor(saved.tensors, "state/noise", [size]).data;
  const noise = declared.map((sigma, j) => sigma / scale[j]!);
  const trajectories = await readTrajectories(source, split, state, condition);
  const singles = pairsApart(trajectories, 1);
  if (singles.length === 0) {
    throw new InvalidInputError(
      `Cannot evaluate a flow: expected transitions in split "${split}", found none: ` +
        `merge with a larger split.${split}`,
    );
  }
  const rule = motionRule(source, state, config.moving) ??
    { columns: Array.from(scale, (_, j) => j), scale, threshold: 0 };
  const random = createRandom(seed, `flow/evaluation/${split}`, 0);
  const evaluation = { trajectories, noise, rule, random };
  const mixed = singles.map((pair) => spreadPair(trajectories, pair, config.maxSteps, random));
  const training = await readTrajectories(source, "train", state, condition);
  const reference = fitGaussianReference(training, config.maxSteps, noise);
  const density = openFlow(saved, DENSITY_ROWS), sampler = openFlow(saved, samples);
  const measured = [singles, mixed].map((pairs) =>
    measureDensities(density, evaluation, pairs, reference)
  );
  const far = pairsApart(trajectories, config.maxSteps);
  const [one, mix, ten] = [singles, mixed, far].map((pairs) =>
    thin(pairs, sampledPairs).map((pair) => sampleDensity(sampler, evaluation, pair))
  );
  // From normalised units to the state's own: a density is divided by their product.
  const unit = Array.from(scale).reduce((sum, value) => sum + Math.log(value), 0);
  const found = {
    ...likelihoods(measured[0]!, measured[1]!, unit, declared),
    ...coverages([one!, mix!]),
    ...errors(one!, "one_step_error"),
    ...errors(ten!, "ten_step_error"),
    episodes: trajectories.starts.length - 1,
  };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => Number.isFinite(value)));
}

function likelihoods(
  one: readonly Measured[],
  mix: readonly Measured[],
  unit: number,
  noise: Float32Array,
): Record<string, number> {
  const moving = one.filter(({ moving }) => moving), still = one.filter(({ moving }) => !moving);
  const nll = (rows: readonly Measured[]): number => mean(rows.map(({ nll }) => nll)) + unit;
  const gaussian = (rows: readonly Measured[]): number =>
    mean(rows.map(({ gaussianNll }) => gaussianNll)) + unit;
  return {
    nll: nll(one),
    nll_excess: nll(one) - noiseBound(noise),
    nll_gaussian: gaussian(one),
    nll_mix: nll(mix),
    nll_mix_excess: nll(mix) - noiseBound(noise),
    nll_mix_gaussian: gaussian(mix),
    nll_moving: nll(moving),
    nll_moving_gaussian: gaussian(moving),
    nll_still: nll(still),
    nll_still_gaussian: gaussian(still),
  };
}

/** Coverages furthest from nominal over the components and the kinds of transitions. */
function coverages(kinds: readonly (readonly Sampled[])[]): Record<string, number> {
  const worst = (level: number, keep: (row: Sampled) => boolean): number =>
    worstCoverage(
      kinds.flatMap((rows) => {
        const kept = rows.filter(keep), width = kept[0]?.ranks.length ?? 0;
        return Array.from(
          { length: width },
          (_, j) => coverage(kept.map(({ ranks }) => ranks[j]!), level),
        );
      }),
      level,
    );
  return {
    coverage_50: worst(0.5, () => true),
    coverage_90: worst(0.9, () => true),
    coverage_50_moving: worst(0.5, ({ moving }) => moving),
    coverage_90_moving: worst(0.9, ({ moving }) => moving),
  };
}

/** Median errors over moving transitions. */
function errors(rows: readonly Sampled[], name: string): Record<string, number> {
  const moving = rows.filter(({ moving }) => moving);
  return {
    [name]: median(moving.map(({ error }) => error)),
    [`${name}_persistence`]: median(moving.map(({ persistence }) => persistence)),
    [`${name}_constant_velocity`]: median(
      moving.flatMap(({ constantVelocity }) => constantVelocity ?? []),
    ),
  };
}

/** What came of a pair: the exact later state and the same with noise, normalised. */
function observe(
  { trajectories, noise, random }: Evaluation,
  { from, steps }: Pair,
): { readonly now: Float32Array; readonly next: Float32Array; readonly noisy: Float32Array } {
  const { states, width } = trajectories, next = new Float32Array(width);
  laterState(trajectories, from, from + steps, next);
  return {
    now: states.subarray(from * width, (from + 1) * width),
    next,
    noisy: next.map((value, j) => value + noise[j]! * random.normal()),
  };
}

function measureDensities(
  density: FlowDensity,
  evaluation: Evaluation,
  pairs: readonly Pair[],
  reference: readonly Float64Array[],
): readonly Measured[] {
  const { trajectories, rule } = evaluation, { width } = trajectories;
  const measured: Measured[] = [];
  for (let first = 0; first < pairs.length; first += density.rows) {
    const part = pairs.slice(first, first + density.rows);
    const observed = part.map((pair) => observe(evaluation, pair));
    const targets = new Float32Array(density.rows * width);
    observed.forEach(({ noisy }, row) => targets.set(noisy, row * width));
    const rows = Array.from({ length: density.rows }, (_, row) => part[row] ?? part[0]!);
    const values = density.logDensity(queryOf(trajectories, rows), targets);
    part.forEach(({ steps }, row) => {
      const { now, next, noisy } = observed[row]!;
      measured.push({
        moving: distance(next, now, rule) > rule.threshold,
        nll: -values[row]!,
        gaussianNll: gaussianNll(noisy.map((value, j) => value - now[j]!), reference[steps]!),
      });
    });
  }
  return measured;
}

function sampleDensity(sampler: FlowDensity, evaluation: Evaluation, pair: Pair): Sampled {
  const { trajectories, rule, random } = evaluation, { width, states, starts } = trajectories;
  const { now, next, noisy } = observe(evaluation, pair);
  const noise = Float32Array.from({ length: sampler.rows * width }, () => random.normal());
  const query = queryOf(trajectories, new Array<Pair>(sampler.rows).fill(pair));
  const samples = sampler.sample(query, noise);
  const columns = Array.from(
    { length: width },
    (_, j) => Array.from({ length: sampler.rows }, (_, row) => samples[row * width + j]!),
  );
  let constantVelocity: number | null = null;
  if (pair.from > starts[pair.episode]!) {
    const before = states.subarray((pair.from - 1) * width, pair.from * width);
    const predicted = now.map((value, j) => value + pair.steps * (value - before[j]!));
    constantVelocity = distance(predicted, next, rule);
  }
  return {
    moving: distance(next, now, rule) > rule.threshold,
    ranks: columns.map((column, j) =>
      column.filter((value) => value < noisy[j]!).length / sampler.rows
    ),
    error: distance(Float32Array.from(columns, median), next, rule),
    persistence: distance(now, next, rule),
    constantVelocity,
  };
}

function queryOf(trajectories: Trajectories, pairs: readonly Pair[]): FlowQuery {
  const { states, width, conditions, conditionWidth, starts } = trajectories;
  const state = new Float32Array(pairs.length * width);
  const condition = new Float32Array(pairs.length * conditionWidth);
  pairs.forEach(({ episode, from }, row) => {
    state.set(states.subarray(from * width, (from + 1) * width), row * width);
    const at = episode * conditionWidth;
    condition.set(conditions.subarray(at, at + conditionWidth), row * conditionWidth);
  });
  return {
    state,
    condition,
    time: Float32Array.from(pairs, ({ episode, from }) => from - starts[episode]!),
    interval: Float32Array.from(pairs, ({ steps }) => steps),
  };
}

/** At most `count` of the pairs, evenly spaced. */
function thin(pairs: readonly Pair[], count: number): readonly Pair[] {
  if (pairs.length <= count) return pairs;
  return Array.from({ length: count }, (_, i) => pairs[Math.floor(i * pairs.length / count)]!);
}
