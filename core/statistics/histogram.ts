/** Counts of one quantity, for several groups over the same bins. */
export interface Histogram {
  /** Name of the quantity, e.g. "episode length". */
  readonly name: string;
  /** Unit of the edges, null if the quantity has none. */
  readonly unit: string | null;
  /** `[bins + 1]`, ascending; the last bin includes its upper edge. */
  readonly edges: readonly number[];
  /** One per group that has values, `counts` `[bins]`. */
  readonly groups: readonly { readonly name: string; readonly counts: readonly number[] }[];
}

/** Bins that still read well in a chart half a page wide. */
const MAX_BINS = 40;

/**
 * Histogram of the finite values of some groups. The width of a bin is 1, 2 or 5 times a power of
 * ten, so that edges are round numbers, and at least 1 if every value is an integer.
 *
 * @param groups Values by name of the group; groups without values are left out
 * @returns Null if there are no finite values
 */
export function createHistogram(
  name: string,
  unit: string | null,
  groups: Readonly<Record<string, ArrayLike<number>>>,
): Histogram | null {
  let low = Infinity, high = -Infinity, integers = true;
  for (const values of Object.values(groups)) {
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!;
      if (!Number.isFinite(value)) continue;
      low = Math.min(low, value);
      high = Math.max(high, value);
      integers &&= Number.isInteger(value);
    }
  }
  if (low > high) return null;
  const width = Math.max(roundStep((high - low) / MAX_BINS), integers ? 1 : 0);
  const first = Math.floor(low / width);
  const bins = Math.max(1, Math.floor(high / width) - first + 1);
  const edges = Array.from({ length: bins + 1 }, (_, bin) => roundTo(width * (first + bin), width));
  const counted = Object.entries(groups).map(([group, values]) => {
    const counts = new Array<number>(bins).fill(0);
    for (let i = 0; i < values.length; i++) {
      if (!Number.isFinite(values[i]!)) continue;
      const bin = Math.min(bins - 1, Math.max(0, Math.floor(values[i]! / width) - first));
      counts[bin] = counts[bin]! + 1;
    }
    return { name: group, counts };
  }).filter(({ counts }) => counts.some((count) => count > 0));
  return { name, unit, edges, groups: counted };
}

/** The least of 1, 2 and 5 times a power of ten that is not below a width; 1 for a width of 0. */
function roundStep(width: number): number {
  if (!(width > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(width));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= width) ?? 10 * power;
}

/** A multiple of a step without the noise of binary fractions (0.30000000000000004). */
function roundTo(value: number, step: number): number {
  const digits = Math.max(0, 1 - Math.floor(Math.log10(step)));
  return Number(value.toFixed(Math.min(100, digits)));
}
