import { type Split, SPLITS } from "../../core/episode.ts";
import { type RandomGenerator, shuffle } from "../../core/random.ts";

/** Fractions that add up to 1. */
export type SplitFractions = Readonly<Record<Split, number>>;

/**
 * Returns the fractions that hold out an exact number of episodes.
 *
 * @param held Less than `episodes` together
 */
export function holdOut(
  episodes: number,
  { validation, test }: Readonly<Record<"validation" | "test", number>>,
): SplitFractions {
  return {
    train: (episodes - validation - test) / episodes,
    validation: validation / episodes,
    test: test / episodes,
  };
}

/**
 * The split of each episode: an exact share of the episodes each, by a random permutation (Fisher and
 * Yates), so that no row of an episode is in another split than the rest of it.
 *
 * @returns `[episodes]` u8 indices into `SPLITS`
 */
export function splitEpisodes(
  episodes: number,
  fractions: SplitFractions,
  random: RandomGenerator,
): Uint8Array {
  const splits = new Uint8Array(episodes);
  let start = 0;
  splitCounts(episodes, fractions).forEach((count, split) => {
    splits.fill(split, start, start + count);
    start += count;
  });
  shuffle(splits, random);
  return splits;
}

/**
 * Computes the number of episodes in each split: rounded down, the rest by largest remainder, ties
 * to the earlier split. A requested split gets at least one episode while there are enough,
 * training first.
 */
export function splitCounts(episodes: number, fractions: SplitFractions): readonly number[] {
  const exact = SPLITS.map((split) => fractions[split] * episodes);
  const counts = exact.map((share) => Math.floor(share + 1e-9)); // 0.1 · 30 is 3, not 2.99…
  const byRemainder = exact.map((share, i) => ({ i, remainder: share - counts[i]! }))
    .sort((a, b) => b.remainder - a.remainder || a.i - b.i);
  let left = episodes - counts.reduce((sum, count) => sum + count, 0);
  for (const { i } of byRemainder) {
    if (left-- > 0) counts[i]!++;
  }
  SPLITS.forEach((split, i) => {
    if (fractions[split] === 0 || counts[i]! > 0) return;
    const largest = counts.indexOf(Math.max(...counts));
    // Taken only from a split that keeps one; training, the first, may take the last.
    if (counts[largest]! > 1 || (i === 0 && counts[largest]! === 1)) {
      counts[largest]!--;
      counts[i]!++;
    }
  });
  return counts;
}
