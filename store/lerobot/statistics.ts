import { type ColumnData, rowSize } from "../../core/episode.ts";
import { RunningStatistics } from "../episodes/statistics.ts";
import type { Feature } from "./features.ts";

/**
 * Statistics of features as LeRobot normalises by: of each episode, and over all of them.
 *
 * @see huggingface/lerobot v0.4.4, `datasets/compute_stats.py`. Its quantiles come of histograms of
 *   5,000 bins; these are the exact values within those bins.
 */

/** Quantiles that LeRobot's policies normalise by. */
const QUANTILES = { q01: 0.01, q10: 0.1, q50: 0.5, q90: 0.9, q99: 0.99 } as const;

/** Names of what is computed, beside the count. */
export const MOMENTS = ["min", "max", "mean", "std", "q01", "q10", "q50", "q90", "q99"] as const;

/** A number a component of the feature. */
export type Moments = Readonly<Record<typeof MOMENTS[number], readonly number[]>>;

/** Statistics of one feature. */
export interface FeatureStatistics {
  /** Rows that they are of: frames, of which pictures are a sample. */
  readonly count: number;
  readonly moments: Moments;
}

/**
 * Statistics of a feature over one episode. Pictures count in [0, 1] by channel, those of other
 * features by their last axis.
 *
 * @param data Rows of the episode, flat; at least one
 */
export function featureStatistics(feature: Feature, data: ColumnData): FeatureStatistics {
  const { dtype, shape } = feature;
  const count = data.length / rowSize(shape);
  if (dtype === "video" || dtype === "image") return pictureStatistics(data as Uint8Array, shape);
  const size = shape.at(-1)!;
  const running = new RunningStatistics(size);
  running.add(data);
  const columns = Array.from(
    { length: size },
    (_, component) => sortedColumn(data, component, size),
  );
  return { count, moments: { ...running.result(), ...quantilesOf(columns, valueAt) } };
}

function sortedColumn(data: ColumnData, component: number, size: number): Float64Array {
  const column = new Float64Array(data.length / size);
  for (let row = 0; row < column.length; row++) column[row] = Number(data[row * size + component]);
  return column.sort();
}

/** The least value that a fraction of all does not exceed. */
function valueAt(sorted: Float64Array, fraction: number): number {
  return sorted[rankOf(fraction, sorted.length)]!;
}

/** Position among so many sorted values. */
function rankOf(fraction: number, count: number): number {
  const rank = Math.ceil(fraction * count - 1e-9); // .1 · 30 is a little more than 3
  return Math.min(count, Math.max(1, rank)) - 1;
}

function quantilesOf<Column>(
  columns: readonly Column[],
  valueAt: (column: Column, fraction: number) => number,
): Record<keyof typeof QUANTILES, number[]> {
  const of = (fraction: number) => columns.map((column) => valueAt(column, fraction));
  const { q01, q10, q50, q90, q99 } = QUANTILES;
  return { q01: of(q01), q10: of(q10), q50: of(q50), q90: of(q90), q99: of(q99) };
}

/** Side in px from which on LeRobot looks at some pixels only, and what it thins them to. */
const THINNED_FROM = 300, THINNED_TO = 150;

/** By channel, from how often each of the 256 values occurs. */
function pictureStatistics(data: Uint8Array, shape: readonly number[]): FeatureStatistics {
  const [height, width] = shape as [number, number];
  const every = Math.max(width, height) < THINNED_FROM
    ? 1
    : Math.floor((width > height ? width : height) / THINNED_TO);
  const sampled = sampledFrames(data.length / rowSize(shape));
  const counts = Array.from({ length: 3 }, () => new Float64Array(256));
  for (const frame of sampled) {
    for (let y = 0; y < height; y += every) {
      for (let x = 0; x < width; x += every) {
        const pixel = 3 * ((frame * height + y) * width + x);
        for (let channel = 0; channel < 3; channel++) counts[channel]![data[pixel + channel]!]!++;
      }
    }
  }
  return {
    count: sampled.length,
    moments: {
      ...momentsOfCounts(counts),
      ...quantilesOf(counts, (count, fraction) => valueOfCounts(count, fraction)),
    },
  };
}

/** Frames of an episode that stand for all: every one of a hundred, fewer of more. */
function sampledFrames(frames: number): readonly number[] {
  const wanted = Math.max(
    Math.min(frames, 100),
    Math.min(Math.floor(Math.pow(frames, 0.75)), 10_000),
  );
  if (wanted === 1) return [0];
  const apart = (frames - 1) / (wanted - 1);
  return Array.from({ length: wanted }, (_, sample) => Math.round(sample * apart));
}

function momentsOfCounts(counts: readonly Float64Array[]) {
  const of = (measure: (count: Float64Array) => number) => counts.map(measure);
  const total = (count: Float64Array) => count.reduce((sum, n) => sum + n, 0);
  const mean = (count: Float64Array) =>
    count.reduce((sum, n, value) => sum + n * value, 0) / total(count);
  return {
    min: of((count) => count.findIndex((n) => n > 0) / 255),
    max: of((count) => count.findLastIndex((n) => n > 0) / 255),
    mean: of((count) => mean(count) / 255),
    std: of((count) => {
      const centre = mean(count);
      const squares = count.reduce((sum, n, value) => sum + n * (value - centre) ** 2, 0);
      return Math.sqrt(squares / total(count)) / 255;
    }),
  };
}

function valueOfCounts(count: Float64Array, fraction: number): number {
  const rank = rankOf(fraction, count.reduce((sum, n) => sum + n, 0));
  let below = 0;
  return count.findIndex((n) => (below += n) > rank) / 255;
}

/** Adds up the statistics of one feature over episodes; quantiles are their weighted mean. */
export class TotalStatistics {
  #total: FeatureStatistics | null = null;

  add(episode: FeatureStatistics): void {
    const total = this.#total;
    this.#total = total === null ? episode : combine(total, episode);
  }

  /** @throws {RangeError} If nothing was added */
  result(): FeatureStatistics {
    if (this.#total === null) {
      throw new RangeError("Cannot sum up statistics: no episode was added");
    }
    return this.#total;
  }
}

/** @see T. F. Chan, G. H. Golub, R. J. LeVeque, "Updating formulae" (1979), equation 2.1b */
function combine(a: FeatureStatistics, b: FeatureStatistics): FeatureStatistics {
  const count = a.count + b.count, share = b.count / count;
  const zip = (name: keyof Moments, merge: (x: number, y: number, i: number) => number) =>
    a.moments[name].map((x, i) => merge(x, b.moments[name][i]!, i));
  const weighted = (name: keyof Moments) => zip(name, (x, y) => x + (y - x) * share);
  return {
    count,
    moments: {
      min: zip("min", (x, y) => Math.min(x, y)),
      max: zip("max", (x, y) => Math.max(x, y)),
      mean: weighted("mean"),
      std: zip("std", (x, y, i) => {
        const apart = b.moments.mean[i]! - a.moments.mean[i]!;
        return Math.sqrt((1 - share) * x * x + share * y * y + (1 - share) * share * apart * apart);
      }),
      q01: weighted("q01"),
      q10: weighted("q10"),
      q50: weighted("q50"),
      q90: weighted("q90"),
      q99: weighted("q99"),
    },
  };
}
