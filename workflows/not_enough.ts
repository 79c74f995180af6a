import { ApplicationFailure } from "@temporalio/workflow";
import type { StagePlan } from "../pipelines/plan.ts";
import type { ShardTotals } from "./types.ts";

/** The failure of a chain that may draw no more candidates, by the last of its stages. */
export function notEnough(
  { name, chain }: StagePlan,
  { accepted, candidates, reasons }: ShardTotals,
): ApplicationFailure {
  const { target, maxCandidates } = chain!; // only chains are given a target
  const histogram = Object.entries(reasons).sort(([, a], [, b]) => b - a)
    .map(([reason, count]) => `${reason} ${count}`).join(", ");
  const message = `Cannot deliver ${target} episodes: expected them among at most ` +
    `${maxCandidates} candidates, found ${accepted} in ${candidates} (rejected: ${histogram}): ` +
    `loosen the limits of stage "${name}" or raise its maxAttempts`;
  return ApplicationFailure.nonRetryable(message, "NothingAcceptedError");
}
