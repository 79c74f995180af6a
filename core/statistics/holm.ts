/**
 * P values of several questions, raised so that all of them together are wrong no more often than one
 * would be.
 *
 * @param pValues Each in [0, 1]
 * @returns In the same order, each in [0, 1]
 * @see S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of
 *   Statistics 6 (1979), 65–70
 */
export function holmAdjust(pValues: readonly number[]): number[] {
  const order = pValues.map((_, i) => i).sort((i, j) => pValues[i]! - pValues[j]!);
  const adjusted = new Array<number>(pValues.length);
  let greatest = 0;
  for (const [rank, i] of order.entries()) {
    greatest = Math.max(greatest, Math.min(1, (pValues.length - rank) * pValues[i]!));
    adjusted[i] = greatest;
  }
  return adjusted;
}
