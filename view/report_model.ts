import type { JsonValue } from "../core/canonical.ts";
import type { FieldStatistics } from "../core/episode.ts";
import type { Histogram } from "../core/statistics/mod.ts";
import type { ComparisonReport, GateReport } from "./comparison_model.ts";
import type { Curve } from "./curve.ts";
import type { Fan, ReliabilityCurve } from "../learn/scoring.ts";
import type { GanttBar } from "./gantt.ts";
import type { RoundsReport } from "./rounds_model.ts";

export type { Curve };

/**
 * Everything that `report.html` shows, as plain data: the caller reads stores, the view never does.
 * A section whose list is empty is left out, so a failed run or a pipeline without training reports
 * with what it has.
 */
export interface ReportModel {
  readonly pipeline: string;
  /** Number of the run within its pipeline, from 1. */
  readonly run: number;
  readonly status: "completed" | "failed" | "cancelled" | "under way";
  /** True where the run recomputed stored results to compare them. */
  readonly rerun: boolean;
  /** Present where the run did not complete. */
  readonly error: ReportError | null;
  /** Verdict, one line per evaluation: "98 of 100 unseen episodes succeeded." */
  readonly verdict: string;
  /** Wall time of the run. */
  readonly seconds: number;
  /** The command that repeats the run, null if none started it. */
  readonly command: string | null;
  /** SHA-256 of the compiled pipeline, 64 hex digits. */
  readonly digest: string;
  /** Stages in the order of the plan; many variants of one are one. */
  readonly stages: readonly StageReport[];
  /** Sentences on what is left out of many variants; empty if there are few. */
  readonly omissions: readonly string[];
  /** One a generate → validate → filter chain. */
  readonly chains: readonly ChainReport[];
  /** One a merge stage. */
  readonly datasets: readonly DatasetReport[];
  /** One a train stage. */
  readonly trainings: readonly TrainingReport[];
  /** One an evaluate stage; two or more are also compared side by side. */
  readonly evaluations: readonly EvaluationReport[];
  /** One a score stage. */
  readonly scores: readonly ScoreReport[];
  /** One a compare stage, and one a gate. */
  readonly comparisons: readonly ComparisonReport[];
  readonly gates: readonly GateReport[];
  /** One an evaluate stage whose episodes follow something. */
  readonly walks: readonly WalkReport[];
  /** One for each variant of what is repeated in rounds. */
  readonly rounds: readonly RoundsReport[];
  /** One per stage of a kind that is not among those above. */
  readonly others: readonly OtherReport[];
  /** One an evaluate stage whose environment says how far an episode has come. */
  readonly progress: readonly ProgressReport[];
  readonly filmStrips: readonly FilmStripReport[];
  readonly provenance: ProvenanceReport;
}

/** Stage of a kind that defines its own section. */
export interface OtherReport {
  readonly stage: string;
  readonly kind: string;
  /** Rows of a table, as far as there are any. */
  readonly rows: readonly (readonly [label: string, value: string | number])[];
  /** A Vega-Lite chart, null if there is none. */
  readonly chart: {
    readonly spec: Readonly<Record<string, JsonValue>>;
    readonly title: string;
    readonly description: string;
  } | null;
}

/** Error that ended a run early. */
export interface ReportError {
  /** Stage that failed, null if the run failed outside of one. */
  readonly stage: string | null;
  readonly name: string;
  readonly message: string;
  /** Remedy, null if the message contains it. */
  readonly remedy: string | null;
}

/** Final state of a stage in this run. */
export type StageState =
  | "computed"
  | "resumed"
  | "cached"
  | "failed"
  | "cancelled"
  | "not needed"
  | "not run"
  /** State of a stage whose run has not ended: what is stored, or what has started. */
  | "stored"
  | "under way";

export interface StageReport {
  readonly name: string;
  readonly kind: string;
  /** Names of the input stages. */
  readonly from: readonly string[];
  readonly state: StageState;
  /** Whether equal keys mean equal bytes: false where they depend on a program. */
  readonly isExact: boolean;
  /** Key (64 hex digits). */
  readonly key: string;
  /** Digest (64 hex digits), null if the stage did not commit. */
  readonly digest: string | null;
  /** Relative to the data root, null if the stage did not commit. */
  readonly path: string | null;
  /**
   * First shard or step that this run computed of work that an earlier run had started, otherwise
   * null.
   */
  readonly resumedFrom: number | null;
  /** Elapsed; null if it has not ended. */
  readonly seconds: number | null;
  /** Summed over its threads; null if it has no shards, or that is not known. */
  readonly threadSeconds: number | null;
  readonly counts: Readonly<Record<string, number>>;
  readonly metrics: Readonly<Record<string, number | string>>;
}

/** Outcomes of the candidates of one generate stage. */
export interface ChainReport {
  /** Name of the generate stage. */
  readonly stage: string;
  readonly environment: string;
  readonly policy: string;
  readonly candidates: number;
  readonly accepted: number;
  /** Refused candidates by reason; empty if all were accepted. */
  readonly rejects: readonly RejectReport[];
  /** Movements of the expert of an action config, where that is the policy. */
  readonly schedule?: { readonly bars: readonly GanttBar[]; readonly controlHz: number };
}

export interface RejectReport {
  /** Stage that refused: a validate or filter stage. */
  readonly stage: string;
  /** snake_case name of the check. */
  readonly reason: string;
  readonly count: number;
  /** First few examples, with the numbers behind the verdicts. */
  readonly examples: readonly RejectExample[];
}

export interface RejectExample {
  readonly candidate: number;
  readonly figures: Readonly<Record<string, number>>;
}

/** One merged dataset. */
export interface DatasetReport {
  /** Name of the merge stage. */
  readonly stage: string;
  readonly environment: string;
  /** Control steps per second, which turn lengths into seconds. */
  readonly controlHz: number;
  readonly totalEpisodes: number;
  readonly totalSteps: number;
  readonly meanEpisodeLength: number;
  /** Mean over episodes of the sum of rewards. */
  readonly meanReward: number;
  /** Success rate in [0, 1]. */
  readonly successRate: number;
  readonly outputPath: string;
  readonly fileSizeMb: number;
  /** Episodes by split, in the order of `SPLITS`. */
  readonly splits: Readonly<Record<string, number>>;
  readonly fields: readonly FieldReport[];
  /** Components of episodes, e.g. commands: counts by name. */
  readonly mixes: readonly MixReport[];
  /** Episode length, return ...: bins shared by the groups (splits or sources) within. */
  readonly histograms: readonly Histogram[];
}

/** Frequencies of things in a dataset. */
export interface MixReport {
  readonly name: string;
  readonly counts: Readonly<Record<string, number>>;
}

/** Tracking results of the episodes of an evaluation. */
export interface WalkReport {
  /** Name of the evaluate stage. */
  readonly stage: string;
  /** One a kind of path. */
  readonly paths: readonly PathReport[];
}

export interface PathReport {
  readonly name: string;
  readonly episodes: number;
  readonly falls: number;
  /** Mean over episodes of the mean and the last error, and the largest of all (m). */
  readonly meanError: number;
  readonly finalError: number;
  readonly maxError: number;
  /** `[n][x, y]` m of one episode, from the start of its reference. */
  readonly reference: readonly (readonly [x: number, y: number])[];
  readonly robot: readonly (readonly [x: number, y: number])[];
  /** Times (s), and the mean error of the episodes still walking at each (m). */
  readonly seconds: readonly number[];
  readonly errors: readonly number[];
}

/** Progress of the episodes of an evaluation towards their goal. */
export interface ProgressReport {
  /** Name of the evaluate stage. */
  readonly stage: string;
  /** Name of the run in commands, e.g. "pusht-policy/3". */
  readonly run: string;
  /** Name of the measure of progress, e.g. "coverage". */
  readonly name: string;
  /** Times (s), and the tenth, fiftieth and ninetieth percentile of the episodes at each. */
  readonly seconds: readonly number[];
  readonly low: readonly number[];
  readonly median: readonly number[];
  readonly high: readonly number[];
  /** Steps of the episodes that succeeded; null if none did. */
  readonly steps: Histogram | null;
  /** Number of failed episodes, and the first of them. */
  readonly failed: number;
  readonly failures: readonly FailureReport[];
}

/** An episode that did not succeed. */
export interface FailureReport {
  readonly candidate: number;
  readonly steps: number;
  /** Maximum progress, and the progress at the end. */
  readonly greatest: number;
  readonly final: number;
}

export interface FieldReport {
  readonly name: string;
  readonly dtype: string;
  readonly unit: string | null;
  /** Names of the components, or empty if they have none. */
  readonly components: readonly string[];
  /** Statistics over the rows of the training split, one number per component. */
  readonly statistics: FieldStatistics;
}

export interface TrainingReport {
  /** Name of the train stage. */
  readonly stage: string;
  readonly model: string;
  /** Number of trained scalars, null while it trains. */
  readonly parameters: number | null;
  /** Done so far. */
  readonly steps: number;
  /** When it ends. */
  readonly total: number;
  /** Step whose parameters were kept, and its validation loss; null if none was measured. */
  readonly best: { readonly step: number; readonly loss: number } | null;
  /** Name of the loss, with its unit if it has one: "mean squared error". */
  readonly lossName: string;
  /** Series drawn in one chart; long ones are thinned here, so pass every row. */
  readonly losses: readonly Curve[];
  readonly learningRate: Curve | null;
}

export interface EvaluationReport {
  /** Name of the evaluate stage. */
  readonly stage: string;
  /** Evaluated policy, e.g. "train" or "scripted". */
  readonly policy: string;
  readonly environment: string;
  readonly controlHz: number;
  /** Every episode, in order of its candidate number. */
  readonly episodes: readonly EpisodeOutcome[];
  /** Further figures of the stage (`final_coverage` ...), one number per episode, in that order. */
  readonly measures: readonly EpisodeMeasure[];
}

export interface EpisodeOutcome {
  readonly candidate: number;
  readonly success: boolean;
  readonly return: number;
  /** Control steps. */
  readonly length: number;
}

export interface EpisodeMeasure {
  readonly name: string;
  readonly unit: string | null;
  readonly values: readonly number[];
}

/** Accuracy of a trained model's predictions. */
export interface ScoreReport {
  /** Name of the score stage. */
  readonly stage: string;
  /** Name of the train stage whose model it is. */
  readonly scored: string;
  readonly model: string;
  readonly split: string;
  /** Episodes of the split. */
  readonly episodes: number;
  readonly metrics: Readonly<Record<string, number | string>>;
  /** A diagram for each group, a curve for each component. */
  readonly reliability: readonly ReliabilityCurve[];
  readonly fans: readonly Fan[];
}

/** Images of one episode, evenly spaced over its duration. */
export interface FilmStripReport {
  /** Stage whose episode it is. */
  readonly stage: string;
  readonly outcome: EpisodeOutcome;
  readonly controlHz: number;
  /** Column of the recorded images that these are; absent if they were taken for the report. */
  readonly recorded?: string;
  readonly width: number;
  readonly height: number;
  /** Each `[height · width · 3]` u8 RGB, row-major. */
  readonly frames: readonly Uint8Array[];
}

export interface ProvenanceReport {
  readonly seed: number;
  /** ISO 8601. */
  readonly started: string;
  readonly finished: string;
  /** The declaration with its defaults; shown as YAML. */
  readonly declaration: JsonValue;
  /** Deno, V8, engines, our own: name → version. */
  readonly versions: Readonly<Record<string, string>>;
  /** Machine: name → value (`os`, `cpu`, `cores`, `memory` ...). */
  readonly host: Readonly<Record<string, string>>;
  /** Anything else by name: workflow id, data root, address of the UI. */
  readonly other: Readonly<Record<string, string>>;
}
