import {
  factorsText,
  groupVariants,
  SHOWN_VARIANTS,
} from "../../pipelines/variants/variant_groups.ts";
import { parseVariant } from "../../pipelines/variants/variant_name.ts";
import type { StageReport, StageState } from "../../view/report_model.ts";
import { spreadOf } from "../../view/spread.ts";
import type { ReportedStage } from "./reported_stage.ts";

/** Variants of one stage of which a report shows curves and episodes, if there are many. */
const SAMPLED = 4;

/** The stages of which a report shows more than their figures: the first of many variants. */
export function sampleVariants(stages: readonly ReportedStage[]): readonly ReportedStage[] {
  return groupVariants(stages, ({ plan }) => plan.name).flatMap(({ stages }) =>
    stages.length > SHOWN_VARIANTS ? stages.slice(0, SAMPLED) : stages
  );
}

/** Says what a report leaves out, one sentence per stage with many variants. */
export function describeOmissions(stages: readonly ReportedStage[]): readonly string[] {
  return groupVariants(stages, ({ plan }) => plan.name).flatMap(({ base, stages, factors }) =>
    stages.length <= SHOWN_VARIANTS ? [] : [
      `${base} has ${stages.length} variants: ${factorsText(factors)}. Curves and episodes are ` +
      `those of the first ${SAMPLED}.`,
    ]
  );
}

/** Stages with many variants of one as one, whose figures are their spreads. */
export function mergeVariants(stages: readonly StageReport[]): readonly StageReport[] {
  const groups = groupVariants(stages, ({ name }) => name);
  const many = new Map(
    groups.filter(({ stages }) => stages.length > SHOWN_VARIANTS)
      .map(({ base, stages }) => [base, `${base} × ${stages.length}`]),
  );
  const nameOf = (name: string) => many.get(parseVariant(name).base) ?? name;
  return groups.flatMap(({ base, stages }) => {
    const renamed = stages.map((stage) => ({
      ...stage,
      from: [...new Set(stage.from.map(nameOf))],
    }));
    return many.has(base) ? [merged(nameOf(base), renamed)] : renamed;
  });
}

function merged(name: string, stages: readonly StageReport[]): StageReport {
  const first = stages[0]!; // no group is empty
  const from = [...new Set(stages.flatMap((stage) => stage.from))];
  const committed = stages.filter(({ digest }) => digest !== null);
  const figures = committed.length < stages.length ? [] : [
    ...Object.keys(first.counts),
    ...Object.keys(first.metrics),
  ].flatMap((figure) => {
    const spread = spreadOf(stages, figure);
    return spread === null ? [] : [[figure, spread.text] as const];
  });
  return {
    ...first,
    name,
    from,
    state: stateOf(stages.map(({ state }) => state)),
    digest: null,
    path: null,
    resumedFrom: null,
    seconds: sum(stages.map(({ seconds }) => seconds)),
    threadSeconds: null,
    counts: {},
    metrics: Object.fromEntries(figures),
  };
}

/** The state that matters most among those of many stages. */
const ORDER: readonly StageState[] = [
  "failed",
  "cancelled",
  "under way",
  "not run",
  "resumed",
  "computed",
];

function stateOf(states: readonly StageState[]): StageState {
  return ORDER.find((state) => states.includes(state)) ?? states[0]!; // of a group, which has some
}

function sum(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((total, value) => total + value, 0);
}
