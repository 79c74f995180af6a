import { STORED_POLICY } from "../../pipelines/kinds/generate.ts";
import type { Commit } from "../../store/mod.ts";

/**
 * Count of the expert's work on a dataset: the states at which one was asked what to do, including
 * those whose rows were dropped later. Commits of stages pass it on, from the shards to the
 * evaluation.
 */
export const LABELLED_STEPS = "labelled_steps" as const;

/** The round of a policy that was chosen among those of several rounds. */
export const ROUND = "round" as const;

/**
 * The labelled steps of a committed shard of episodes: those that it counts, where an expert has
 * labelled what another did, and all of them where an expert acted. Attempts that were dropped are
 * not among them, for nobody knows how long they were.
 */
export function labelledSteps({ counts, attributes: { policy } }: Commit): number {
  const acts = typeof policy === "string" && policy !== "random" && policy !== STORED_POLICY;
  return counts[LABELLED_STEPS] ?? (acts ? counts["steps"] ?? 0 : 0);
}

/** The counts of an input that its reader hands on, as far as it has them. */
export function handedOn(counts: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries([ROUND, LABELLED_STEPS].flatMap((name) => {
    const count = counts[name];
    return count === undefined ? [] : [[name, count] as const];
  }));
}
