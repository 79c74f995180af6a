import { environmentOf, renderFilmStrip } from "../sim/mod.ts";
import { readShard } from "../store/mod.ts";
import type { FilmStripReport } from "../view/report_model.ts";
import type { ReportedStage } from "./report.ts";
import { outcomesOf } from "./report_learning.ts";
import { shardsOf } from "./report_shards.ts";

/** Pictures of a strip, and their size in pixels: eight fit side by side in the report. */
const STRIP = { frames: 8, width: 160, height: 120 };

/** Strips of the first episode of each stage, and of its first failure in the first shard. */
export async function gatherFilmStrips(
  stages: readonly ReportedStage[],
): Promise<FilmStripReport[]> {
  const reports: FilmStripReport[] = [];
  for (const stage of stages) {
    const { kind, name } = stage.plan;
    if (kind !== "generate" && kind !== "evaluate") continue;
    const [first] = shardsOf(stage);
    if (first === undefined) continue;
    const { schema, table } = await readShard(first);
    const environment = environmentOf(schema);
    const outcomes = outcomesOf(table);
    const failure = outcomes.findIndex(({ success }) => !success);
    for (const episode of new Set([0, failure])) {
      if (episode < 0) continue;
      const strip = await renderFilmStrip(environment, table, episode, STRIP);
      const outcome = outcomes[episode]!;
      reports.push({ stage: name, outcome, controlHz: schema.controlHz, ...strip });
    }
  }
  return reports;
}
