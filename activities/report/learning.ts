import { existsSync } from "node:fs";
import { join } from "node:path";
import type { EpisodeTable } from "../../core/episode.ts";
import type { MetricsRow } from "../../learn/mod.ts";
import { parametersOf } from "../../pipelines/kinds/kind.ts";
import { policyLabel } from "../../pipelines/kinds/policy.ts";
import { train } from "../../pipelines/kinds/train.ts";
import { evaluate } from "../../pipelines/kinds/evaluate.ts";
import { getEnvironment } from "../../sim/mod.ts";
import { readShard } from "../../store/mod.ts";
import type {
  Curve,
  EpisodeOutcome,
  EvaluationReport,
  TrainingReport,
} from "../../view/report_model.ts";
import type { ReportedStage } from "./reported_stage.ts";
import { shardsOf } from "./shards.ts";
import { METRICS_FILE, readMetrics } from "../stages/metrics_file.ts";
import { numbersOf } from "../stages/shard_result.ts";

/** Every training of a run. */
export async function gatherTrainings(stages: readonly ReportedStage[]): Promise<TrainingReport[]> {
  const reports: TrainingReport[] = [];
  for (const { plan, directory, place, result } of stages) {
    if (plan.kind !== train.kind || !existsSync(join(directory ?? place, METRICS_FILE))) continue;
    const rows = await readMetrics(directory ?? place);
    const { best_step: step, best_validation_loss: loss } = result?.metrics ?? {};
    const { model, steps } = parametersOf(plan, train);
    const done = result?.counts["steps"] ?? rows.at(-1)?.step ?? 0;
    reports.push({
      stage: plan.name,
      model,
      parameters: result?.counts["parameters"] ?? null,
      steps: done,
      total: result === null ? steps ?? done : done,
      best: step === undefined ? null : { step: Number(step), loss: Number(loss) },
      lossName: "loss",
      losses: [
        curve("train", rows, ({ loss }) => loss),
        curve("validation", rows, ({ validationLoss }) => validationLoss),
      ].filter(({ steps }) => steps.length > 0),
      learningRate: curve("learning rate", rows, ({ learningRate }) => learningRate),
    });
  }
  return reports;
}

function curve(
  name: string,
  rows: readonly MetricsRow[],
  valueOf: (row: MetricsRow) => number | null,
): Curve {
  const steps: number[] = [], values: number[] = [];
  for (const row of rows) {
    const value = valueOf(row);
    if (value === null) continue;
    steps.push(row.step);
    values.push(value);
  }
  return { name, steps, values };
}

/** Every evaluation of a run. */
export async function gatherEvaluations(
  stages: readonly ReportedStage[],
): Promise<EvaluationReport[]> {
  const reports: EvaluationReport[] = [];
  for (const stage of stages) {
    const { plan } = stage;
    if (plan.kind !== evaluate.kind || stage.directory === null) continue;
    const { environment, policy } = parametersOf(plan, evaluate);
    const episodes: EpisodeOutcome[] = [];
    for (const directory of shardsOf(stage)) {
      episodes.push(...outcomesOf((await readShard(directory)).table));
    }
    reports.push({
      stage: plan.name,
      policy: plan.from[0] ?? policyLabel(policy),
      environment,
      controlHz: getEnvironment(environment).controlHz,
      episodes,
      measures: [],
    });
  }
  return reports;
}

/** Returns the outcome of each episode of a table. */
export function outcomesOf(table: EpisodeTable): EpisodeOutcome[] {
  const candidates = numbersOf(table, "candidate");
  const successes = numbersOf(table, "success"), returns = numbersOf(table, "return");
  return candidates.map((candidate, episode) => ({
    candidate,
    success: successes[episode] === 1,
    return: returns[episode]!,
    length: table.lengths[episode]!,
  }));
}
