import { parseVariant, variantName } from "./variant_name.ts";

/** The factor that tells the rounds of a stage apart. */
export const ROUND_FACTOR = "round";

/** A stage, or variants of it, in a round: `train[round=3]`. */
export function roundName(name: string, round: number): string {
  const { base, factors } = parseVariant(name);
  return variantName(base, [...factors, [ROUND_FACTOR, String(round)]]);
}

/** The round of a stage, null where it is of none. */
export function roundOf(name: string): number | null {
  const round = parseVariant(name).factors.get(ROUND_FACTOR);
  return round !== undefined && /^\d{1,9}$/.test(round) ? Number(round) : null;
}
