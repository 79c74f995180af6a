import type { LiveProgress } from "../activities/live_progress.ts";
import { groupVariants, SHOWN_VARIANTS } from "../pipelines/variants/variant_groups.ts";
import type { StageProgress } from "./types.ts";

/** The stages of a run as a Markdown table, for the current details of its workflow. */
export function stageTable(stages: readonly StageProgress[]): string {
  const groups = groupVariants(stages, ({ stage }) => stage);
  const rows = groups.flatMap(({ base, stages }) =>
    stages.length > SHOWN_VARIANTS ? [variantsRow(base, stages)] : stages.map(stageRow)
  );
  return ["| stage | kind | state | shards | counts |", "|---|---|---|--:|---|", ...rows].join(
    "\n",
  );
}

function stageRow(stage: StageProgress): string {
  const shards = stage.shardsTotal === 0 ? "" : `${stage.shardsDone} of ${stage.shardsTotal}`;
  return `| ${stage.stage} | ${stage.kind} | ${stage.state} | ${shards} | ${countsOf(stage)} |`;
}

/** Many variants as one row: how many stand how. */
function variantsRow(base: string, stages: readonly StageProgress[]): string {
  const states = Map.groupBy(stages, ({ state }) => state);
  const counts = [...states].map(([state, { length }]) => `${length} ${state}`).join(", ");
  return `| ${base} × ${stages.length} | ${stages[0]!.kind} | ${counts} | | |`; // no group is empty
}

/** Describes the progress of an unsharded stage: `12000 of 50000, loss 0.0123`. */
export function workText({ done, total, loss }: LiveProgress): string {
  return `${done} of ${total}${loss === undefined ? "" : `, loss ${rounded(loss)}`}`;
}

function countsOf(stage: StageProgress): string {
  const { result, candidates, work } = stage;
  if (result) {
    const counts = Object.entries(result.counts).filter(([name]) => name !== "shards"); // a column
    return counts.map(([name, count]) => `${name} ${count}`).join(", ");
  }
  if (work !== undefined) return workText(work);
  return candidates === 0 ? "" : judgementText(stage);
}

/** Accepted candidates and success over the shards done: `accepted 30 of 32, success_rate 0.94`. */
export function judgementText(
  { candidates, accepted, successes, quarantined = 0 }: Pick<
    StageProgress,
    "candidates" | "accepted" | "successes" | "quarantined"
  >,
): string {
  const rate = candidates === 0 ? "" : `, success_rate ${rounded(successes / candidates)}`;
  const without = quarantined === 0 ? "" : `, ${quarantined} shards quarantined`;
  return `accepted ${accepted} of ${candidates}${rate}${without}`;
}

/** Rounds to four significant digits. */
function rounded(value: number): string {
  return String(Number(value.toPrecision(4)));
}
