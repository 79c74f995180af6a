/**
 * Returns the known name that a person most likely meant, or null if none is near.
 *
 * Near is an edit distance (Levenshtein 1966) of at most a third of the longer name, and never
 * more than 3: beyond that a suggestion misleads more than it helps.
 */
export function nearestName(name: string, known: Iterable<string>): string | null {
  let nearest: string | null = null;
  let best = Infinity;
  for (const candidate of known) {
    const limit = Math.min(3, Math.ceil(Math.max(name.length, candidate.length) / 3));
    // A length difference is a lower bound of the distance; it spares hostile, endless names.
    if (Math.abs(name.length - candidate.length) > limit) continue;
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance <= limit && distance < best) {
      nearest = candidate;
      best = distance;
    }
  }
  return nearest;
}

/** The end of an error message: `did you mean "x"`, or the list of what there is. */
export function suggestName(name: string, known: readonly string[]): string {
  const nearest = nearestName(name, known);
  if (nearest !== null) return `did you mean "${nearest}"?`;
  return known.length === 0 ? "there are none" : `choose one of ${known.join(", ")}`;
}

/** {@linkcode suggestName} for what a module of the user's may register too. */
export function suggestRegistered(name: string, known: readonly string[]): string {
  const suggestion = suggestName(name, known);
  if (nearestName(name, known) !== null) return suggestion;
  return `${suggestion}, or name the module that registers it by --module`;
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(substitution, previous[j]! + 1, current[j - 1]! + 1));
    }
    previous = current;
  }
  return previous[b.length]!;
}
