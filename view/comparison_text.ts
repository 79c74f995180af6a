import { type ComparedPair, VERDICT_PHRASES, type VerdictTable } from "../core/statistics/mod.ts";
import { formatMetric, formatNumber } from "./format.ts";

/** The verdict on a pair in one sentence, with the figures behind it. */
export function describePair(table: VerdictTable, pair: ComparedPair): string {
  const { metric, margin } = table, { a, b, method, p, verdict } = pair;
  const of = (name: string) => table.variants.find((variant) => variant.name === name);
  const [ofA, ofB] = [of(a), of(b)];
  const figures = ofA === undefined || ofB === undefined
    ? ""
    : ` ${formatMetric(metric, ofB.mean)} and ${formatMetric(metric, ofA.mean)},`;
  const bound = verdict === "equivalent" && margin !== null
    ? `, within ${formatNumber(margin)}`
    : "";
  return `${b} ${VERDICT_PHRASES[verdict]} ${a}: ${metric}${figures} difference ` +
    `${formatDifference(pair)}${bound}, p ${formatP(p)} (${method}).`;
}

/** A difference with its interval: `+0.07 (+0.01 … +0.13)`. */
export function formatDifference(
  { difference, low, high }: Pick<ComparedPair, "difference" | "low" | "high">,
): string {
  const interval = low === null || high === null ? "" : ` (${signed(low)} … ${signed(high)})`;
  return `${signed(difference)}${interval}`;
}

function signed(value: number): string {
  return `${value > 0 ? "+" : ""}${formatNumber(value)}`;
}

/** A p value: three digits are more than it knows. */
export function formatP(p: number): string {
  return p < 0.001 ? "below 0.001" : String(Number(p.toPrecision(2)));
}

/** Pairs by the size of their difference, the largest first. */
export function byEffect(pairs: readonly ComparedPair[]): readonly ComparedPair[] {
  return pairs.toSorted((x, y) => Math.abs(y.difference) - Math.abs(x.difference));
}
