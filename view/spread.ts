import { formatMetric } from "./format.ts";

/** Counts and metrics of a stage. */
interface Figures {
  readonly counts: Readonly<Record<string, number>>;
  readonly metrics: Readonly<Record<string, number | string>>;
}

/** Spread of a figure over the variants of a stage. */
export interface Spread {
  readonly mean: number;
  /** Text: `mean 98 % (91 % … 100 % of 6)`, or the one value that all of them have. */
  readonly text: string;
}

/** The spread of a count or metric over variants; null unless all of them have it as a number. */
export function spreadOf(variants: readonly Figures[], name: string): Spread | null {
  const values = variants.map(({ counts, metrics }) => metrics[name] ?? counts[name]);
  const numbers = values.filter((value): value is number => typeof value === "number");
  if (numbers.length < variants.length || numbers.length === 0) return null;
  const mean = numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
  const low = Math.min(...numbers), high = Math.max(...numbers);
  if (low === high) return { mean, text: formatMetric(name, low) };
  const range = `${formatMetric(name, low)} … ${formatMetric(name, high)}`;
  return { mean, text: `mean ${formatMetric(name, mean)} (${range} of ${numbers.length})` };
}
