import type { ColumnData } from "../../core/episode.ts";

/**
 * Exact quantiles of rows that can be read more than once, in memory that does not grow with them.
 *
 * A number's 64 bits, rearranged so that they sort as the number does, are found eleven at a time
 * from the top: each pass over the rows counts how often each next digit follows the digits that are
 * known. Numbers of 32 bits take four passes, those of 64 bits six, small integers two.
 */

/** Lowest bit of each digit, within the upper and then within the lower half of a number. */
const SHIFTS = [21, 10, 0] as const;

/** Bits of each of them. */
const MASKS = [0x7ff, 0x7ff, 0x3ff] as const;

const DIGITS = 2048;

/** Digits that are known of some of the numbers looked for, and what follows them. */
interface Prefix {
  readonly high: number;
  readonly low: number;
  readonly counts: Uint32Array;
  /** Minimum of the numbers with this prefix. */
  min: number;
  max: number;
}

/** One number looked for: the one of a rank among the sorted ones of a component. */
interface Target {
  readonly component: number;
  /** Rank among the numbers with its prefix, from 0. */
  rank: number;
  prefix: Prefix;
  value: number | null;
}

/** Looks for quantiles of every component of rows. */
export class QuantileSearch {
  readonly #fractions: readonly number[];
  readonly #count: number;
  /** Targets by component, fraction and neighbour. */
  readonly #targets: readonly Target[];
  /** Prefixes by component, of the targets that are not found yet. */
  #prefixes: Prefix[][];
  #pass = 0;
  readonly #number = new Float64Array(1);
  readonly #halves = new Uint32Array(this.#number.buffer);

  /**
   * @param size Components of a row
   * @param count Rows that each pass will add; at least 1
   * @param fractions Each in [0, 1]
   */
  constructor(size: number, count: number, fractions: readonly number[]) {
    this.#fractions = fractions;
    this.#count = count;
    this.#prefixes = Array.from({ length: size }, () => [createPrefix(0, 0)]);
    this.#targets = this.#prefixes.flatMap(([prefix], component) =>
      fractions.flatMap((fraction) => {
        const { below, above } = neighboursOf(fraction, count);
        return [below, above].map((rank) => ({ component, rank, prefix: prefix!, value: null }));
      })
    );
  }

  /** Whether another pass over the rows would find nothing more. */
  get isDone(): boolean {
    return this.#targets.every(({ value }) => value !== null);
  }

  /** Counts rows in the current pass. @param rows Flat, row-major, finite */
  add(rows: ColumnData): void {
    const size = this.#prefixes.length, shift = SHIFTS[this.#pass % 3]!;
    const mask = MASKS[this.#pass % 3]!, isUpper = this.#pass < 3;
    // A shift by 32 bits is none in JavaScript: what is known of a half before its first digit is 0.
    const known = shift === 21 ? 0 : 2 ** (shift === 10 ? 21 : 10);
    for (let i = 0; i < rows.length; i++) {
      const prefixes = this.#prefixes[i % size]!;
      if (prefixes.length === 0) continue;
      const value = Number(rows[i]) + 0; // 0 for -0
      this.#number[0] = value;
      const sign = this.#halves[1]! >>> 31;
      const high = (sign ? ~this.#halves[1]! : this.#halves[1]! ^ 0x80000000) >>> 0;
      const low = (sign ? ~this.#halves[0]! : this.#halves[0]!) >>> 0;
      const half = isUpper ? high : low;
      const start = known === 0 ? 0 : half - half % known;
      for (const prefix of prefixes) {
        if (isUpper ? prefix.high !== start : prefix.high !== high || prefix.low !== start) {
          continue;
        }
        prefix.counts[(half >>> shift) & mask]!++;
        if (value < prefix.min) prefix.min = value;
        if (value > prefix.max) prefix.max = value;
        break;
      }
    }
  }

  /** Ends a pass, in which all rows were added. */
  endPass(): void {
    const shift = SHIFTS[this.#pass % 3]!, isUpper = this.#pass < 3, isLast = this.#pass === 5;
    const next = new Map<string, Prefix>();
    for (const target of this.#targets) {
      if (target.value !== null) continue;
      const { component, prefix } = target;
      if (prefix.min === prefix.max) {
        target.value = prefix.min;
        continue;
      }
      let digit = 0;
      while (target.rank >= prefix.counts[digit]!) target.rank -= prefix.counts[digit++]!;
      const bits = digit * 2 ** shift;
      const high = isUpper ? prefix.high + bits : prefix.high;
      const low = isUpper ? 0 : prefix.low + bits;
      if (isLast) {
        target.value = this.#numberOf(high, low);
        continue;
      }
      const key = `${component} ${high} ${low}`;
      target.prefix = next.get(key) ?? createPrefix(high, low);
      next.set(key, target.prefix);
    }
    this.#prefixes = this.#prefixes.map(() => []);
    for (const [key, prefix] of next) this.#prefixes[parseInt(key)]!.push(prefix);
    this.#pass++;
  }

  #numberOf(high: number, low: number): number {
    const isNegative = high < 0x80000000;
    this.#halves[1] = isNegative ? ~high : high ^ 0x80000000;
    this.#halves[0] = isNegative ? ~low : low;
    return this.#number[0]!;
  }

  /** The quantiles by fraction, each `[components]`. Call when {@linkcode isDone}. */
  result(): readonly (readonly number[])[] {
    const perComponent = 2 * this.#fractions.length;
    return this.#fractions.map((fraction, i) =>
      this.#prefixes.map((_, component) => {
        const at = component * perComponent + 2 * i;
        const [below, above] = [this.#targets[at]!.value!, this.#targets[at + 1]!.value!];
        return between(below, above, neighboursOf(fraction, this.#count).share);
      })
    );
  }
}

function createPrefix(high: number, low: number): Prefix {
  return { high, low, counts: new Uint32Array(DIGITS), min: Infinity, max: -Infinity };
}

/**
 * A quantile of sorted numbers, of which there is at least one.
 *
 * @see NumPy, `quantile`, method "linear"; R. J. Hyndman, Y. Fan, "Sample quantiles in statistical
 *   packages" (1996), definition 7
 */
export function quantileOf(sorted: ArrayLike<number>, fraction: number): number {
  const { below, above, share } = neighboursOf(fraction, sorted.length);
  return between(sorted[below]!, sorted[above]!, share);
}

/** Returns the ranks of the numbers that a quantile lies between, and its position between them. */
export function neighboursOf(
  fraction: number,
  count: number,
): { readonly below: number; readonly above: number; readonly share: number } {
  const place = fraction * (count - 1), below = Math.floor(place);
  return { below, above: Math.min(below + 1, count - 1), share: place - below };
}

/**
 * Interpolates from the nearer end, like NumPy: a quantile of equal numbers is then that number.
 */
export function between(below: number, above: number, share: number): number {
  return share < 0.5 ? below + (above - below) * share : above - (above - below) * (1 - share);
}
