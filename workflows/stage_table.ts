import type { StageProgress } from "./types.ts";

/** The stages of a run as a Markdown table, for the current details of its workflow. */
export function stageTable(stages: readonly StageProgress[]): string {
  const rows = stages.map((stage) => {
    const shards = stage.shardsTotal === 0 ? "" : `${stage.shardsDone} of ${stage.shardsTotal}`;
    return `| ${stage.stage} | ${stage.kind} | ${stage.state} | ${shards} | ${countsOf(stage)} |`;
  });
  return ["| stage | kind | state | shards | counts |", "|---|---|---|--:|---|", ...rows].join(
    "\n",
  );
}

function countsOf({ result, candidates, accepted, successes }: StageProgress): string {
  if (result) {
    const counts = Object.entries(result.counts).filter(([name]) => name !== "shards"); // a column
    return counts.map(([name, count]) => `${name} ${count}`).join(", ");
  }
  if (candidates === 0) return "";
  return `accepted ${accepted} of ${candidates}, successes ${successes}`;
}
