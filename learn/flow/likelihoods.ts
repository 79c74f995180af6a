import type { ScoreMeter } from "../scoring.ts";
import type { FlowDensity } from "./density.ts";
import {
  createQuery,
  fillQuery,
  type FlowEpisodes,
  type ObservedPairs,
  queryOf,
} from "./episodes.ts";
import { gaussianNll, mean, noiseBound } from "./metrics.ts";

/** Negative log likelihoods of pairs, in nats in the state's own units. */
export interface Likelihoods {
  readonly pairs: ObservedPairs;
  /** `[pairs]` */
  readonly nll: Float64Array;
}

/** Rows of one query of densities. */
export const DENSITY_ROWS = 256;

/** −ln p of what came of every pair. */
export async function measureLikelihoods(
  density: FlowDensity,
  episodes: FlowEpisodes,
  pairs: ObservedPairs,
  meter: ScoreMeter,
): Promise<Likelihoods> {
  const { trajectories } = episodes, { width } = trajectories, { rows } = density;
  const query = createQuery(trajectories, rows), next = new Float32Array(rows * width);
  const nll = new Float64Array(pairs.length), unit = unitOf(episodes);
  for (let first = 0; first < pairs.length; first += rows) {
    const count = Math.min(rows, pairs.length - first);
    for (let row = 0; row < count; row++) {
      const from = pairs.from[first + row]!, steps = pairs.steps[first + row]!;
      fillQuery(query, trajectories, { from, steps }, row);
    }
    next.set(pairs.noisy.subarray(first * width, (first + count) * width));
    const found = density.logDensity(queryOf(query), next);
    for (let row = 0; row < count; row++) nll[first + row] = unit - found[row]!;
    await meter.add(count);
  }
  return { pairs, nll };
}

/** The same of the Gaussian about the present state. */
export function gaussianLikelihoods(
  episodes: FlowEpisodes,
  pairs: ObservedPairs,
  reference: readonly Float64Array[],
): Likelihoods {
  const { states, width } = episodes.trajectories, unit = unitOf(episodes);
  const way = new Float64Array(width);
  const nll = Float64Array.from({ length: pairs.length }, (_, i) => {
    const from = pairs.from[i]! * width;
    for (let j = 0; j < width; j++) way[j] = pairs.noisy[i * width + j]! - states[from + j]!;
    return unit + gaussianNll(way, reference[pairs.steps[i]!]!);
  });
  return { pairs, nll };
}

/**
 * Returns the scale from normalised units to the state's own: a density is divided by their
 * product.
 */
function unitOf({ fields }: FlowEpisodes): number {
  const { scale } = fields.state.normalization;
  return scale.reduce((sum, value) => sum + Math.log(value), 0);
}

/**
 * Summarises means over one-step pairs, by motion, and over mixed ones, with the Gaussian's as
 * references.
 */
export function summarizeLikelihoods(
  { declaredNoise }: FlowEpisodes,
  one: readonly [flow: Likelihoods, gaussian: Likelihoods],
  mixed: readonly [flow: Likelihoods, gaussian: Likelihoods],
): Record<string, number> {
  const bound = noiseBound(declaredNoise);
  const of = ({ pairs, nll }: Likelihoods, moving: 0 | 1): number =>
    mean(Array.from(nll).filter((_, i) => pairs.moving[i] === moving));
  return {
    nll: meanNll(one[0]),
    nll_excess: meanNll(one[0]) - bound,
    nll_gaussian: meanNll(one[1]),
    nll_mix: meanNll(mixed[0]),
    nll_mix_excess: meanNll(mixed[0]) - bound,
    nll_mix_gaussian: meanNll(mixed[1]),
    nll_moving: of(one[0], 1),
    nll_moving_gaussian: of(one[1], 1),
    nll_still: of(one[0], 0),
    nll_still_gaussian: of(one[1], 0),
  };
}

/** Mean over all pairs. */
export function meanNll({ nll }: Likelihoods): number {
  return mean(Array.from(nll));
}
