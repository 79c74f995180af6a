import type { RunSummary } from "../activities/types.ts";

type Stages = RunSummary["stages"];

/**
 * What the evaluations and scores of a run came to, one sentence each, the principal one first:
 * `98 of 100 unseen episodes succeeded.` Where there are several, each begins with its stage.
 */
export function describeEvaluations(stages: Stages): readonly string[] {
  const evaluations = Object.entries(stages)
    .filter(([, { kind }]) => kind === "evaluate" || kind === "score")
    .sort(([a], [b]) => Number(b === "evaluate") - Number(a === "evaluate"));
  return evaluations.map(([name, stage]) =>
    `${evaluations.length === 1 ? "" : `${name}: `}${describe(stage)}.`
  );
}

/** Rounds of an evaluation beside the plain one, by the prefix of their counts. */
const ROUNDS = { noisy: "under action noise", pushed: "when pushed" } as const;

function describe({ kind, counts }: Stages[string]): string {
  const { episodes, successes } = counts;
  if (kind === "score") return `${episodes} unseen episodes were predicted`;
  const rounds = Object.entries(ROUNDS).flatMap(([round, how]) => {
    const run = counts[`${round}_episodes`];
    return run === undefined ? [] : [`, ${counts[`${round}_successes`]} of ${run} ${how}`];
  });
  return `${successes} of ${episodes} unseen episodes succeeded${rounds.join("")}`;
}
