import { findKind } from "./kinds/mod.ts";
import { groupVariants, SHOWN_VARIANTS } from "./variants/variant_groups.ts";

/** A completed stage, as the summary of a run has it. */
interface CompletedStage {
  readonly kind: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly metrics: Readonly<Record<string, number | string>>;
}

/** Name of the stage that says what a run came to, where several could. */
export const PRINCIPAL = "evaluate";

/**
 * Describes the evaluations of a run, one sentence each, the principal one first: `98 of 100 unseen
 * episodes succeeded.` If there are several, each begins with its stage; many variants of a stage
 * have one sentence on all of their episodes.
 */
export function describeVerdicts(
  stages: Readonly<Record<string, CompletedStage>>,
): readonly string[] {
  const groups = groupVariants(Object.entries(stages), ([name]) => name);
  const told = groups.flatMap(({ base, stages }): readonly (readonly [string, CompletedStage])[] =>
    stages.length > SHOWN_VARIANTS
      ? [[`${base} × ${stages.length}`, sumOf(stages.map(([, stage]) => stage))]]
      : stages
  );
  const verdicts = told.flatMap(([name, { kind, counts, metrics }]) => {
    const verdict = findKind(kind)?.verdict?.(counts, metrics);
    return verdict === undefined ? [] : [{ name, verdict }];
  }).sort((a, b) => Number(b.name === PRINCIPAL) - Number(a.name === PRINCIPAL));
  return verdicts.map(({ name, verdict }) =>
    `${verdicts.length === 1 ? "" : `${name}: `}${verdict}.`
  );
}

/** Adds the counts of variants up. */
function sumOf(stages: readonly CompletedStage[]): CompletedStage {
  const counts: Record<string, number> = {};
  for (const stage of stages) {
    for (const [name, count] of Object.entries(stage.counts)) {
      counts[name] = (counts[name] ?? 0) + count;
    }
  }
  return { kind: stages[0]!.kind, counts, metrics: {} }; // variants of a stage are of its kind
}
