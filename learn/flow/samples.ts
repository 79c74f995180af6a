import type { RandomGenerator } from "../../core/random.ts";
import type { ReliabilityCurve, ScoreMeter } from "../scoring.ts";
import type { FlowDensity } from "./density.ts";
import {
  createQuery,
  fillQuery,
  type FlowEpisodes,
  type ObservedPairs,
  queryOf,
} from "./episodes.ts";
import { coverage, median, worstCoverage } from "./metrics.ts";
import { distance, stateAt } from "./pairs.ts";
import { laterState } from "./trajectories.ts";

/**
 * Statistics of samples of one density. Errors are distances over the moving fields, in their unit.
 */
export interface Sampled {
  readonly moving: boolean;
  /** `[state]` fraction of samples below what came. */
  readonly ranks: readonly number[];
  readonly error: number;
  readonly persistence: number;
  /** Null at the first state of an episode. */
  readonly constantVelocity: number | null;
}

/** Draws samples of densities. */
export class Sampler {
  readonly #density: FlowDensity;
  readonly #episodes: FlowEpisodes;
  readonly #query: ReturnType<typeof createQuery>;
  readonly #noise: Float32Array;
  /** Samples drawn so far. */
  drawn = 0;

  constructor(density: FlowDensity, episodes: FlowEpisodes) {
    this.#density = density;
    this.#episodes = episodes;
    this.#query = createQuery(episodes.trajectories, density.rows);
    this.#noise = new Float32Array(density.rows * episodes.trajectories.width);
  }

  /** Samples of the state some steps on, normalised: one array of all samples for each component. */
  sample(from: number, steps: number, random: RandomGenerator): readonly Float32Array[] {
    const { trajectories } = this.#episodes, { width } = trajectories, { rows } = this.#density;
    const noise = this.#noise;
    for (let i = 0; i < noise.length; i++) noise[i] = random.normal();
    fillQuery(this.#query, trajectories, { from, steps }, 0, rows);
    const samples = this.#density.sample(queryOf(this.#query), noise);
    this.drawn += rows;
    return Array.from({ length: width }, (_, j) => {
      const column = new Float32Array(rows);
      for (let row = 0; row < rows; row++) column[row] = samples[row * width + j]!;
      return column.sort();
    });
  }
}

/** Asks the density of every pair for samples. */
export async function samplePairs(
  sampler: Sampler,
  episodes: FlowEpisodes,
  pairs: ObservedPairs,
  { random, meter }: { readonly random: RandomGenerator; readonly meter: ScoreMeter },
): Promise<readonly Sampled[]> {
  const { trajectories, rule } = episodes, { width, starts, episodes: episodeOf } = trajectories;
  const sampled: Sampled[] = [], next = new Float32Array(width);
  for (let i = 0; i < pairs.length; i++) {
    const from = pairs.from[i]!, steps = pairs.steps[i]!;
    const columns = sampler.sample(from, steps, random);
    const now = stateAt(trajectories, from);
    const noisy = pairs.noisy.subarray(i * width, (i + 1) * width);
    laterState(trajectories, from, from + steps, next);
    let constantVelocity: number | null = null;
    if (from > starts[episodeOf[from]!]!) {
      const before = stateAt(trajectories, from - 1);
      const predicted = now.map((value, j) => value + steps * (value - before[j]!));
      constantVelocity = distance(predicted, next, rule);
    }
    sampled.push({
      moving: pairs.moving[i] === 1,
      ranks: columns.map((column, j) => countBelow(column, noisy[j]!) / column.length),
      error: distance(Float32Array.from(columns, medianOfSorted), next, rule),
      persistence: distance(now, next, rule),
      constantVelocity,
    });
    await meter.add(columns[0]!.length);
  }
  return sampled;
}

/** Numbers of a sorted array that are less than a value. */
function countBelow(sorted: Float32Array, value: number): number {
  let low = 0, high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function medianOfSorted(sorted: Float32Array): number {
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Coverages furthest from nominal over the components and the kinds of transitions. */
export function summarizeCoverage(
  kinds: readonly (readonly Sampled[])[],
  suffix: "" | "_moving",
): Record<string, number> {
  const worst = (level: number): number =>
    worstCoverage(kinds.flatMap((rows) => coverages(rows, level)), level);
  return { [`coverage_50${suffix}`]: worst(0.5), [`coverage_90${suffix}`]: worst(0.9) };
}

/** Coverage of every component. */
function coverages(rows: readonly Sampled[], level: number): readonly number[] {
  const width = rows[0]?.ranks.length ?? 0;
  return Array.from(
    { length: width },
    (_, j) => coverage(rows.map(({ ranks }) => ranks[j]!), level),
  );
}

/** Levels at which a reliability diagram is drawn. */
const LEVELS = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9] as const;

/** Coverage over level, a curve for each component. */
export function reliabilityCurves(
  group: string,
  names: readonly string[],
  rows: readonly Sampled[],
): readonly ReliabilityCurve[] {
  const found = LEVELS.map((level) => coverages(rows, level));
  return names.map((name, j) => ({
    group,
    name,
    levels: LEVELS,
    coverage: found.map((row) => row[j] ?? 0),
  }));
}

/** Median errors over moving transitions. */
export function summarizeErrors(rows: readonly Sampled[], name: string): Record<string, number> {
  const moving = rows.filter(({ moving }) => moving);
  return {
    [name]: median(moving.map(({ error }) => error)),
    [`${name}_persistence`]: median(moving.map(({ persistence }) => persistence)),
    [`${name}_constant_velocity`]: median(
      moving.flatMap(({ constantVelocity }) => constantVelocity ?? []),
    ),
  };
}
