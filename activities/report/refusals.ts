import { readVerdicts } from "../../store/mod.ts";

/** A candidate that a check refused. */
export interface Refusal {
  /** Name of the check's stage. */
  readonly stage: string;
  readonly candidate: number;
  /** snake_case name of what was wrong. */
  readonly reason: string;
  readonly figures: Readonly<Record<string, number>>;
}

/** A check of a chain: the name of its stage, and its committed shards. */
export interface ChainCheck {
  readonly name: string;
  /** Absolute directories, from the first on. */
  readonly shards: readonly string[];
}

/**
 * The candidates that the checks of a chain refused, each by the one that refused it first.
 *
 * @param checks In the order of the chain
 * @param candidates Candidates that count: those beyond belong to no dataset
 */
export async function readRefusals(
  checks: readonly ChainCheck[],
  candidates: number,
): Promise<readonly Refusal[]> {
  const refusals = new Map<number, Refusal>();
  for (const { name, shards } of checks) {
    for (const directory of shards) {
      for (const { candidate, reason, figures } of await readVerdicts(directory)) {
        if (reason === null || candidate >= candidates || refusals.has(candidate)) continue;
        refusals.set(candidate, { stage: name, candidate, reason, figures });
      }
    }
  }
  return [...refusals.values()];
}
