import { findKind } from "./kinds/mod.ts";

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
 * episodes succeeded.` If there are several, each begins with its stage.
 */
export function describeVerdicts(
  stages: Readonly<Record<string, CompletedStage>>,
): readonly string[] {
  const verdicts = Object.entries(stages).flatMap(([name, { kind, counts, metrics }]) => {
    const verdict = findKind(kind)?.verdict?.(counts, metrics);
    return verdict === undefined ? [] : [{ name, verdict }];
  }).sort((a, b) => Number(b.name === PRINCIPAL) - Number(a.name === PRINCIPAL));
  return verdicts.map(({ name, verdict }) =>
    `${verdicts.length === 1 ? "" : `${name}: `}${verdict}.`
  );
}
