/** A stage's counts, as far as it has run. */
interface Counted {
  readonly counts: Readonly<Record<string, number>>;
}

/**
 * Whether the result of a look makes what only later looks read unnecessary.
 *
 * @param result Null if the look itself was not needed any more
 */
export function hasDecided(result: Counted | null): boolean {
  return result === null || result.counts["decided"] === 1;
}
