import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import type { ReportedStage } from "./reported_stage.ts";
import type { JsonValue } from "../../core/canonical.ts";
import { rerunPlace } from "../../pipelines/places.ts";
import type { PipelinePlan } from "../../pipelines/plan.ts";
import { readRun, readStageCommit } from "../../store/mod.ts";
import { findKind } from "../../pipelines/kinds/mod.ts";
import { METRICS_FILE } from "../stages/metrics_file.ts";
import { describeVerdicts } from "../../pipelines/verdicts.ts";
import type { ReportModel, StageReport } from "../../view/report_model.ts";
import { host, kernels, versions } from "../stages/provenance.ts";
import { gatherChains } from "./chains.ts";
import { gatherComparisons, gatherGates } from "./comparisons.ts";
import { gatherDatasets } from "./datasets.ts";
import { gatherEvaluations, gatherTrainings } from "./learning.ts";
import { gatherOthers } from "./others.ts";
import { gatherFilmStrips } from "./film_strips.ts";
import { gatherProgress } from "./progress.ts";
import { gatherWalks } from "./walks.ts";
import { gatherRounds } from "./rounds.ts";
import { gatherScores } from "./scores.ts";
import { describeOmissions, mergeVariants, sampleVariants } from "./variants.ts";
import { shardsOf } from "./shards.ts";
import { readOpenedRun } from "../run.ts";
import type { RunSummary } from "../types.ts";

/**
 * Everything that the report of a run shows, read from its directory and its stages.
 *
 * @param root Absolute path of the data root
 * @param directory Of the run, relative to the root
 * @param now Ends the time of a run that has not ended
 */
export async function gatherReport(
  root: string,
  directory: string,
  { now }: { readonly now: Date },
): Promise<ReportModel> {
  const opened = await readOpenedRun(root, directory);
  const { plan, started, rerun } = opened, run = Number(basename(directory));
  const base = rerun ? rerunPlace(plan.name, run) : "";
  // closeRun() wrote it.
  const ended = await readRun(root, directory) as unknown as RunSummary | null;
  const seconds = (now.getTime() - Date.parse(started)) / 1000;
  const summary = ended ?? await summarizeSoFar(root, plan, { base, run, directory, seconds });
  const stages: ReportedStage[] = plan.stages.map((stage) => {
    const result = summary.stages[stage.name] ?? null;
    return {
      plan: stage,
      result,
      directory: result && join(root, result.path),
      place: join(root, base, stage.directory),
    };
  });
  const evaluations = await gatherEvaluations(stages);
  const shown = sampleVariants(stages);
  return {
    pipeline: plan.name,
    run: summary.run,
    status: summary.status,
    rerun,
    error: summary.error === undefined ? null : { ...summary.error, remedy: null },
    verdict: verdictOf(summary),
    seconds: summary.seconds,
    command: opened.command,
    digest: plan.digest,
    stages: mergeVariants(stages.map((stage) => stageReport(stage, summary))),
    omissions: describeOmissions(stages),
    chains: await gatherChains(shown),
    datasets: await gatherDatasets(shown),
    trainings: await gatherTrainings(shown),
    evaluations,
    scores: await gatherScores(shown),
    comparisons: await gatherComparisons(stages),
    gates: await gatherGates(stages),
    rounds: gatherRounds(stages),
    walks: await gatherWalks(shown),
    others: gatherOthers(shown),
    progress: await gatherProgress(shown, `${plan.name}/${summary.run}`),
    filmStrips: await gatherFilmStrips(shown),
    provenance: provenanceOf(root, opened, summary.seconds),
  };
}

/** Returns the code, versions and machine that made a run, and the time. */
function provenanceOf(
  root: string,
  { plan, started, workflowId, build }: Awaited<ReturnType<typeof readOpenedRun>>,
  seconds: number,
): ReportModel["provenance"] {
  return {
    seed: plan.seed,
    started,
    finished: new Date(Date.parse(started) + seconds * 1000).toISOString(),
    declaration: declarationOf(plan),
    versions: versions(),
    host: { ...host(), ...kernels() },
    other: { "workflow id": workflowId, "data root": root, build },
  };
}

/** A run that has not ended, as far as its stages are committed. */
type RunSoFar = Omit<RunSummary, "status"> & {
  readonly status: RunSummary["status"] | "under way";
};

async function summarizeSoFar(
  root: string,
  plan: PipelinePlan,
  { base, run, directory, seconds }: Pick<RunSummary, "run" | "directory" | "seconds"> & {
    readonly base: string;
  },
): Promise<RunSoFar> {
  const stages: Record<string, RunSummary["stages"][string]> = {};
  for (const { name, kind, key, commit: place } of plan.stages) {
    const path = join(base, place), commit = await readStageCommit(join(root, path));
    if (commit === null) continue;
    const { digest, counts, metrics } = commit;
    const result = { kind, key, digest, path, counts, metrics };
    stages[name] = { ...result, cached: true, resumedFrom: null, seconds: 0 };
  }
  const { name: pipeline, digest } = plan;
  return { pipeline, run, status: "under way", digest, directory, seconds, stages };
}

/** Whether anything is there of a stage that is not committed. */
function hasBegun(stage: ReportedStage): boolean {
  return shardsOf(stage).length > 0 || existsSync(join(stage.place, METRICS_FILE));
}

function stageReport(
  stage: ReportedStage,
  { error, status, notNeeded = [] }: RunSoFar,
): StageReport {
  const { plan, result } = stage;
  const state = notNeeded.includes(plan.name)
    ? "not needed"
    : status === "under way"
    ? result !== null ? "stored" : hasBegun(stage) ? "under way" : "not run"
    : result === null
    ? error?.stage === plan.name
      ? "failed"
      : status === "cancelled" || (plan.chain !== undefined && shardsOf(stage).length > 0)
      ? "cancelled"
      : "not run"
    : result.cached
    ? "cached"
    : result.resumedFrom === null
    ? "computed"
    : "resumed";
  return {
    name: plan.name,
    kind: plan.kind,
    from: plan.from,
    state,
    isExact: plan.exact !== false,
    key: plan.key,
    digest: result?.digest ?? null,
    path: result?.path ?? null,
    resumedFrom: result?.resumedFrom ?? null,
    seconds: result?.seconds ?? null,
    threadSeconds: result?.threadSeconds ?? null,
    counts: result?.counts ?? {},
    metrics: result?.metrics ?? {},
  };
}

/** One line an evaluation, else one of the dataset, else of how the run ended. */
function verdictOf({ stages, status, error }: RunSoFar): string {
  if (error) return `The run ${status}: ${error.message}`;
  if (status === "under way") {
    return `The run has not ended: ${Object.keys(stages).length} of its stages are stored.`;
  }
  if (status !== "completed") return `The run was ${status} before it ended.`;
  const evaluations = describeVerdicts(stages);
  const dataset = Object.values(stages).find((stage) => findKind(stage.kind)?.gives === "dataset");
  if (evaluations.length > 0) return evaluations.join("\n");
  if (dataset) {
    const { total_episodes, total_steps } = dataset.counts;
    return `The dataset has ${total_episodes} episodes with ${total_steps} steps.`;
  }
  return "The run completed.";
}

function declarationOf({ name, seed, stages }: PipelinePlan): JsonValue {
  return {
    name,
    seed,
    stages: Object.fromEntries(stages.map((stage) => [stage.name, {
      kind: stage.kind,
      ...(stage.from.length === 0 ? {} : { from: [...stage.from] }),
      ...stage.parameters,
    }])),
  };
}
