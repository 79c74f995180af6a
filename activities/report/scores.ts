import { parametersOf } from "../../pipelines/kinds/kind.ts";
import { score } from "../../pipelines/kinds/score.ts";
import { train } from "../../pipelines/kinds/train.ts";
import type { ScoreReport } from "../../view/report_model.ts";
import type { ReportedStage } from "./reported_stage.ts";
import { readScoreFigures } from "../stages/score.ts";

/** Every score of a run. */
export async function gatherScores(stages: readonly ReportedStage[]): Promise<ScoreReport[]> {
  const reports: ScoreReport[] = [];
  for (const { plan, directory, result } of stages) {
    if (plan.kind !== score.kind || directory === null || result === null) continue;
    const { split, compare } = parametersOf(plan, score);
    const trained = stages.filter(({ plan: { name, kind } }) =>
      kind === train.kind && plan.from.includes(name) && !Object.values(compare).includes(name)
    );
    const { reliability, fans } = await readScoreFigures(directory);
    reports.push({
      stage: plan.name,
      scored: trained.map(({ plan: { name } }) => name).join(", "),
      model: trained.map(({ plan }) => parametersOf(plan, train).model).join(", "),
      split,
      episodes: result.counts["episodes"]!,
      metrics: result.metrics,
      reliability,
      fans,
    });
  }
  return reports;
}
