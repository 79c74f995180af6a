import type { JsonValue } from "../../../core/canonical.ts";

/** The figures of a completed stage that a report may show. */
export interface StageOutcome {
  readonly parameters: Readonly<Record<string, JsonValue>>;
  readonly counts: Readonly<Record<string, number>>;
  readonly metrics: Readonly<Record<string, number | string>>;
}

/** Rows of a table, or a chart as Vega-Lite describes it, with its data in `data.values`. */
export type StageReportSection =
  | { readonly rows: readonly (readonly [label: string, value: string | number])[] }
  | {
    readonly chart: Readonly<Record<string, JsonValue>>;
    readonly title: string;
    /** Description for readers who cannot see the chart. */
    readonly description: string;
  };

/** Says what the report shows of a stage. */
export type ReportStage = (outcome: StageOutcome) => StageReportSection;

const reports = new Map<string, ReportStage>();

/** Registers the report section of a kind. */
export function registerReport(kind: string, report: ReportStage): void {
  reports.set(kind, report);
}

/** Returns the report section of a kind, undefined if its module registers none. */
export function findReport(kind: string): ReportStage | undefined {
  return reports.get(kind);
}
