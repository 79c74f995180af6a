import type { Interval, VerdictTable } from "../core/statistics/mod.ts";
import type { Curve } from "./curve.ts";

/** Comparison of several variants, which says which is better. */
export interface ComparisonReport {
  /** Name of the compare stage. */
  readonly stage: string;
  readonly table: VerdictTable;
  /** Number of this look and of all of them; null if the comparison is not sequential. */
  readonly look: { readonly look: number; readonly looks: number } | null;
  /** Validation losses of the variants, means over training seeds; empty where none was trained. */
  readonly curves: readonly Curve[];
}

/** Conditions of a gate, and their results. */
export interface GateReport {
  /** Name of the gate stage. */
  readonly stage: string;
  readonly conditions: readonly {
    /** `success_rate of "evaluate" >= 0.95`. */
    readonly condition: string;
    readonly metric: string;
    readonly found: number;
    /** Distance of `found` from the bound. */
    readonly by: number;
    readonly holds: boolean;
    /** Interval of the difference from a stored evaluation; null if it was compared with none. */
    readonly interval: Interval | null;
  }[];
}
