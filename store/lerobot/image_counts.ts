import { between, neighboursOf } from "../episodes/quantiles.ts";

/**
 * Counts of each of the 256 values of a byte in images, by channel: all statistics follow from
 * them.
 */
export class ImageCounts {
  readonly #counts = [new Float64Array(256), new Float64Array(256), new Float64Array(256)] as const;

  /** @param data `[pixels · 3]` u8 */
  add(data: Uint8Array): void {
    const [red, green, blue] = this.#counts;
    for (let i = 0; i < data.length; i += 3) {
      red[data[i]!]!++;
      green[data[i + 1]!]!++;
      blue[data[i + 2]!]!++;
    }
  }

  /** Bounds, mean and deviation of each channel, in [0, 1]. */
  moments() {
    const of = (measure: (counts: Float64Array) => number) =>
      this.#counts.map((counts) => measure(counts) / 255);
    return {
      min: of((counts) => counts.findIndex((n) => n > 0)),
      max: of((counts) => counts.findLastIndex((n) => n > 0)),
      mean: of(meanOf),
      std: of((counts) => {
        const mean = meanOf(counts);
        return Math.sqrt(
          counts.reduce((sum, n, value) => sum + n * (value - mean) ** 2, 0) / totalOf(counts),
        );
      }),
    };
  }

  /** A quantile of each channel, in [0, 1]. */
  quantile(fraction: number): number[] {
    return this.#counts.map((counts) => {
      const { below, above, share } = neighboursOf(fraction, totalOf(counts));
      return between(valueAt(counts, below), valueAt(counts, above), share) / 255;
    });
  }
}

function totalOf(counts: Float64Array): number {
  return counts.reduce((sum, n) => sum + n, 0);
}

function meanOf(counts: Float64Array): number {
  return counts.reduce((sum, n, value) => sum + n * value, 0) / totalOf(counts);
}

/** The value at a place among all in order. */
function valueAt(counts: Float64Array, rank: number): number {
  let below = 0;
  return counts.findIndex((n) => (below += n) > rank);
}
