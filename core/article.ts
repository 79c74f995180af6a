/** Puts the indefinite article before words, by the letter that they begin with: `an evaluate stage`. */
export function withArticle(words: string): string {
  return /^[aeio]/.test(words) ? `an ${words}` : `a ${words}`;
}
