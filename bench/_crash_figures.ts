/** Figures of trials in which runs are killed, on one machine or in a cluster. */
import { type Figure, median } from "./_figures.ts";

/** Returns how many runs came to the digests that were expected: all must. */
export function sameDigests(
  id: string,
  { name, same, trials }: {
    readonly name: string;
    readonly same: number;
    readonly trials: number;
  },
): Figure {
  return { id, name, unit: "runs", value: same, bar: { of: "value", least: trials } };
}

/** Returns how many commits a run wrote again at most: none may. */
export function mostRewritten(
  id: string,
  results: readonly { readonly rewritten: readonly string[] }[],
): Figure {
  return {
    id,
    name: "commits written again, worst",
    unit: "commits",
    value: Math.max(...results.map(({ rewritten }) => rewritten.length)),
    bar: { of: "value", most: 0 },
  };
}

/** Two figures of how long something took; the bar is of the worst. */
export function worstAndMedian(
  id: string,
  { name, seconds, bar }: {
    readonly name: string;
    readonly seconds: readonly number[];
    readonly bar: number | null;
  },
): readonly Figure[] {
  return [{
    id: `${id}-worst`,
    name: `${name}, worst`,
    unit: "s",
    value: Math.max(...seconds),
    ...(bar === null ? {} : { bar: { of: "value", most: bar } }),
  }, { id: `${id}-median`, name: `${name}, median`, unit: "s", value: median(seconds) }];
}
