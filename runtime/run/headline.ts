import type { RunSummary } from "../../activities/types.ts";
import { findKind } from "../../pipelines/mod.ts";
import { PRINCIPAL } from "../../pipelines/verdicts.ts";
import { formatMetric } from "../../view/format.ts";

/** Metric by which a person judges a run. */
export interface Headline {
  /** Name of the stage that it is of. */
  readonly stage: string;
  readonly name: string;
  readonly value: number;
  /** Text with the 95 % interval if there is one: `success_rate 98 % (93 % … 99.4 %)`. */
  readonly text: string;
}

/**
 * The headline figure of a run: that of its principal evaluation, else of its last one, else of the
 * last stage that has any; null if none has.
 */
export function headlineOf(stages: RunSummary["stages"]): Headline | null {
  const judged = Object.entries(stages).flatMap(([stage, { kind, metrics }]) => {
    const definition = findKind(kind);
    if (definition === undefined) return []; // of a module that is not loaded
    const { progress, headline, verdict } = definition;
    const name = [progress.judgedBy, ...headline].find((name) => typeof metrics[name] === "number");
    const rank = stage === PRINCIPAL ? 2 : verdict === undefined ? 0 : 1;
    return name === undefined ? [] : [{ stage, name, metrics, rank }];
  });
  const [first] = judged.toReversed().sort((a, b) => b.rank - a.rank);
  if (first === undefined) return null;
  const { stage, name, metrics } = first, value = Number(metrics[name]);
  const text = `${name} ${formatMetric(name, value)}${intervalOf(metrics, name)}`;
  return { stage, name, value, text };
}

/** The 95 % interval of a metric as a text in parentheses, empty if it has none. */
export function intervalOf(
  figures: Readonly<Record<string, number | string>>,
  name: string,
): string {
  const low = figures[`${name}_low`], high = figures[`${name}_high`];
  return low === undefined || high === undefined
    ? ""
    : ` (${formatMetric(name, low)} … ${formatMetric(name, high)})`;
}
