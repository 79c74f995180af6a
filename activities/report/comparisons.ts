import { existsSync } from "node:fs";
import { join } from "node:path";
import { compare, groupVariants } from "../../pipelines/kinds/compare.ts";
import { gate } from "../../pipelines/kinds/gate.ts";
import { parametersOf } from "../../pipelines/kinds/kind.ts";
import { train } from "../../pipelines/kinds/train.ts";
import { describeCondition, gateNames, gateVerdicts } from "../../pipelines/gate_condition.ts";
import { readCommit } from "../../store/mod.ts";
import type { ComparisonReport, GateReport } from "../../view/comparison_model.ts";
import type { Curve } from "../../view/report_model.ts";
import { readVerdictTable } from "../stages/compare.ts";
import { METRICS_FILE, readMetrics } from "../stages/metrics_file.ts";
import type { ReportedStage } from "./reported_stage.ts";

/** Every comparison of a run, with the learning curves of what it compares. */
export async function gatherComparisons(
  stages: readonly ReportedStage[],
): Promise<ComparisonReport[]> {
  const reports: ComparisonReport[] = [];
  for (const { plan, directory } of stages) {
    if (plan.kind !== compare.kind || directory === null) continue;
    const { labels, over } = parametersOf(plan, compare);
    const curves: Curve[] = [];
    for (const { name, members } of groupVariants(labels, over)) {
      const rows = await Promise.all(
        members.map(({ input }) => validationOf(plan.from[input]!, stages)),
      );
      const mean = meanCurve(name, rows.filter((row) => row !== null));
      if (mean !== null) curves.push(mean);
    }
    const table = await readVerdictTable(directory);
    reports.push({ stage: plan.name, table, look: table.look, curves });
  }
  return reports;
}

/** Loss by step. */
type Losses = ReadonlyMap<number, number>;

/** The validation loss of the training behind a stage, or its loss; null where there is none. */
async function validationOf(
  name: string,
  stages: readonly ReportedStage[],
): Promise<Losses | null> {
  const stage = stages.find(({ plan }) => plan.name === name);
  if (stage === undefined) return null;
  if (stage.plan.kind !== train.kind) {
    for (const input of stage.plan.from) {
      const found = await validationOf(input, stages);
      if (found !== null) return found;
    }
    return null;
  }
  const directory = stage.directory ?? stage.place;
  if (!existsSync(join(directory, METRICS_FILE))) return null;
  const rows = await readMetrics(directory);
  const validated = rows.filter(({ validationLoss }) => validationLoss !== null);
  return validated.length > 0
    ? new Map(validated.map(({ step, validationLoss }) => [step, validationLoss!]))
    : new Map(rows.map(({ step, loss }) => [step, loss]));
}

/** The mean over training seeds, at the steps that all of them have. */
function meanCurve(name: string, all: readonly Losses[]): Curve | null {
  const [first, ...others] = all;
  if (first === undefined) return null;
  const steps = [...first.keys()].filter((step) => others.every((row) => row.has(step)));
  const values = steps.map((step) =>
    all.reduce((sum, row) => sum + row.get(step)!, 0) / all.length
  );
  return { name, steps, values };
}

/** Every gate of a run. */
export async function gatherGates(stages: readonly ReportedStage[]): Promise<GateReport[]> {
  const reports: GateReport[] = [];
  for (const { plan, directory } of stages) {
    if (plan.kind !== gate.kind || directory === null) continue;
    const names = gateNames(plan);
    const conditions = gateVerdicts((await readCommit(directory))?.attributes ?? {}).map(
      (verdict) => ({
        condition: describeCondition(verdict, names),
        metric: verdict.metric,
        found: verdict.found,
        by: Math.abs(verdict.found - verdict.bound),
        holds: verdict.holds,
        interval: verdict.interval,
      }),
    );
    reports.push({ stage: plan.name, conditions });
  }
  return reports;
}
