import type { RunSummary } from "../../activities/types.ts";
import { findKind } from "../../pipelines/mod.ts";
import { PRINCIPAL } from "../../pipelines/verdicts.ts";
import { groupVariants } from "../../pipelines/variants/variant_groups.ts";
import { formatMetric } from "../../view/format.ts";
import { spreadOf } from "../../view/spread.ts";

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
  const groups = groupVariants(Object.entries(stages), ([name]) => name);
  const judged = groups.flatMap(({ base: stage, stages: variants }) => {
    const { kind, metrics } = variants.at(-1)![1]; // no group is empty
    const definition = findKind(kind);
    if (definition === undefined) return []; // of a module that is not loaded
    const { progress, headline, verdict } = definition;
    const name = [progress.judgedBy, ...headline].find((name) => typeof metrics[name] === "number");
    const rank = stage === PRINCIPAL ? 2 : verdict === undefined ? 0 : 1;
    return name === undefined ? [] : [{ stage, name, metrics, rank, variants }];
  });
  const [first] = judged.toReversed().sort((a, b) => b.rank - a.rank);
  if (first === undefined) return null;
  const { stage, name, metrics, variants } = first, value = Number(metrics[name]);
  if (variants.length > 1) {
    const all = spreadOf(variants.map(([, variant]) => variant), name);
    if (all !== null) return { stage, name, value: all.mean, text: `${name} ${all.text}` };
  }
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
