import { type ColumnData, rowSize, typedData } from "../../core/episode.ts";
import { quantileOf, QuantileSearch } from "../episodes/quantiles.ts";
import { RunningStatistics } from "../episodes/statistics.ts";
import type { Feature } from "./features.ts";
import { ImageCounts } from "./image_counts.ts";

/**
 * Statistics of features as LeRobot normalises by: of each episode, and over all rows of the dataset.
 * Images count in [0, 1] by channel, every pixel of every frame; other features by their last axis,
 * without rows whose numbers are not all finite.
 *
 * @see huggingface/lerobot v0.4.4, `datasets/compute_stats.py`, for what there is of them. Its
 *   quantiles come of histograms of 5,000 bins, and those of a dataset are a mean over its episodes;
 *   these are NumPy's, exact.
 */

/** Quantiles that LeRobot's policies normalise by. */
const QUANTILES = { q01: 0.01, q10: 0.1, q50: 0.5, q90: 0.9, q99: 0.99 } as const;

/** Names of the statistics, other than the count. */
export const MOMENTS = ["min", "max", "mean", "std", "q01", "q10", "q50", "q90", "q99"] as const;

/** A number per component of the feature. */
export type Moments = Readonly<Record<typeof MOMENTS[number], readonly number[]>>;

/** Statistics of one feature. */
export interface FeatureStatistics {
  /** Rows that the episodes have. */
  readonly count: number;
  readonly moments: Moments;
}

/** Whether a feature holds images. */
export function holdsImages({ dtype }: Pick<Feature, "dtype">): boolean {
  return dtype === "video" || dtype === "image";
}

/**
 * Statistics of a feature over one episode.
 *
 * @param data Rows of the episode, flat; at least one
 */
export function featureStatistics(feature: Feature, data: ColumnData): FeatureStatistics {
  const { shape } = feature, count = data.length / rowSize(shape);
  if (holdsImages(feature)) {
    const counts = new ImageCounts();
    counts.add(typedData(data, Uint8Array));
    return { count, moments: momentsOf(counts.moments(), (fraction) => counts.quantile(fraction)) };
  }
  const size = shape.at(-1)!, rows = finiteRows(data, size), running = new RunningStatistics(size);
  if (rows.length === 0) return { count, moments: noMoments(size) };
  running.add(rows);
  const columns = Array.from({ length: size }, (_, i) => sortedColumn(rows, i, size));
  return {
    count,
    moments: momentsOf(
      running.result(),
      (fraction) => columns.map((column) => quantileOf(column, fraction)),
    ),
  };
}

/**
 * Statistics of one feature over a whole dataset. Rows are added once, then, while it is not done,
 * again in passes: quantiles are found in memory that does not grow with the rows.
 */
export class TotalStatistics {
  readonly #size: number;
  readonly #rowSize: number;
  readonly #images: ImageCounts | null;
  readonly #running: RunningStatistics;
  #rows = 0;
  #finite = 0;
  #search: QuantileSearch | null = null;

  constructor(feature: Feature) {
    this.#size = feature.shape.at(-1)!;
    this.#rowSize = rowSize(feature.shape);
    this.#images = holdsImages(feature) ? new ImageCounts() : null;
    this.#running = new RunningStatistics(this.#size);
  }

  /** @param data Rows, flat */
  add(data: ColumnData): void {
    this.#rows += data.length / this.#rowSize;
    if (this.#images !== null) {
      this.#images.add(typedData(data, Uint8Array));
      return;
    }
    const rows = finiteRows(data, this.#size);
    this.#finite += rows.length / this.#size;
    this.#running.add(rows);
  }

  /** Whether all is known: images come once. */
  get isDone(): boolean {
    return this.#images !== null || this.#finite === 0 || (this.#search?.isDone ?? false);
  }

  /** Adds rows of a pass, once all were added. */
  addAgain(data: ColumnData): void {
    this.#search ??= new QuantileSearch(this.#size, this.#finite, Object.values(QUANTILES));
    this.#search.add(finiteRows(data, this.#size));
  }

  /** Ends a pass, in which all rows came again. */
  endPass(): void {
    this.#search?.endPass();
  }

  /** Call when {@linkcode isDone}. */
  result(): FeatureStatistics {
    const count = this.#rows, images = this.#images;
    if (images !== null) {
      return { count, moments: momentsOf(images.moments(), (q) => images.quantile(q)) };
    }
    if (this.#search === null) return { count, moments: noMoments(this.#size) };
    const found = this.#search.result(), fractions: number[] = Object.values(QUANTILES);
    const moments = momentsOf(this.#running.result(), (q) => found[fractions.indexOf(q)]!);
    return { count, moments };
  }
}

function momentsOf(
  moments: Pick<Moments, "min" | "max" | "mean" | "std">,
  quantile: (fraction: number) => readonly number[],
): Moments {
  const { q01, q10, q50, q90, q99 } = QUANTILES;
  return {
    ...moments,
    q01: quantile(q01),
    q10: quantile(q10),
    q50: quantile(q50),
    q90: quantile(q90),
    q99: quantile(q99),
  };
}

/** Zeros, where no row is finite. */
function noMoments(size: number): Moments {
  return momentsOf(new RunningStatistics(size).result(), () => Array<number>(size).fill(0));
}

/** The rows whose numbers are all finite: depth images say so where nothing is in sight. */
function finiteRows(data: ColumnData, size: number): ColumnData {
  if (!(data instanceof Float32Array || data instanceof Float64Array)) return data;
  if (data.every(Number.isFinite)) return data;
  const rows: number[] = [];
  for (let at = 0; at < data.length; at += size) {
    const row = data.subarray(at, at + size);
    if (row.every(Number.isFinite)) rows.push(...row);
  }
  return Float64Array.from(rows);
}

function sortedColumn(data: ColumnData, component: number, size: number): Float64Array {
  const column = new Float64Array(data.length / size);
  for (let row = 0; row < column.length; row++) {
    column[row] = Number(data[row * size + component]) + 0; // 0 for -0
  }
  return column.sort();
}
