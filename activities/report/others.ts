import { messageOf } from "../../core/errors.ts";
import { findKind } from "../../pipelines/kinds/mod.ts";
import type { OtherReport } from "../../view/report_model.ts";
import {
  findReport,
  type StageOutcome,
  type StageReportSection,
} from "../stages/own/own_report.ts";
import type { ReportedStage } from "./reported_stage.ts";

/** Every stage of a kind that was made as those of users are, or whose module is not loaded. */
export function gatherOthers(stages: readonly ReportedStage[]): readonly OtherReport[] {
  return stages.flatMap(({ plan, result }) => {
    const definition = findKind(plan.kind);
    if (result === null || (definition !== undefined && !definition.isOwn)) return [];
    const { counts, metrics } = result;
    return [{
      stage: plan.name,
      kind: plan.kind,
      ...sectionOf(plan.kind, { parameters: plan.parameters, counts, metrics }),
    }];
  });
}

/**
 * Returns the section that the kind's module makes, or else its figures; an error in the module
 * does not fail the report.
 */
function sectionOf(kind: string, outcome: StageOutcome): Pick<OtherReport, "rows" | "chart"> {
  const figures = Object.entries({ ...outcome.counts, ...outcome.metrics });
  let section: StageReportSection = { rows: figures };
  try {
    section = findReport(kind)?.(outcome) ?? section;
  } catch (error) {
    return { rows: [...figures, ["its report failed", messageOf(error)]], chart: null };
  }
  if ("rows" in section) return { rows: section.rows, chart: null };
  const { chart, title, description } = section;
  return { rows: figures, chart: { spec: chart, title, description } };
}
