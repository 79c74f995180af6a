import type { ReportedStage } from "./reported_stage.ts";
import { join } from "node:path";
import type { JsonValue } from "../../core/canonical.ts";
import type { PipelinePlan } from "../../pipelines/plan.ts";
import { readRun } from "../../store/mod.ts";
import { findKind } from "../../pipelines/kinds/mod.ts";
import { describeVerdicts } from "../../pipelines/verdicts.ts";
import type { ReportModel, StageReport } from "../../view/report_model.ts";
import { host, versions } from "../stages/provenance.ts";
import { gatherChains } from "./chains.ts";
import { gatherDatasets } from "./datasets.ts";
import { gatherEvaluations, gatherTrainings } from "./learning.ts";
import { gatherOthers } from "./others.ts";
import { gatherFilmStrips } from "./pictures.ts";
import { gatherProgress } from "./progress.ts";
import { gatherWalks } from "./walks.ts";
import { gatherScores } from "./scores.ts";
import { shardsOf } from "./shards.ts";
import { readOpenedRun, rerunBase } from "../run.ts";
import type { RunSummary } from "../types.ts";

/**
 * Everything that the report of a run shows, read from its directory and its stages.
 *
 * @param root Absolute path of the data root
 * @param directory Of the run, relative to the root
 */
export async function gatherReport(root: string, directory: string): Promise<ReportModel> {
  const opened = await readOpenedRun(root, directory);
  const summary = await readRun(root, directory) as unknown as RunSummary; // closeRun() wrote it before
  const { plan, started, rerun } = opened;
  const base = rerun ? rerunBase(summary) : "";
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
    stages: stages.map((stage) => stageReport(stage, summary)),
    chains: await gatherChains(stages),
    datasets: await gatherDatasets(stages),
    trainings: await gatherTrainings(stages),
    evaluations,
    scores: await gatherScores(stages),
    walks: await gatherWalks(stages),
    others: gatherOthers(stages),
    progress: await gatherProgress(stages, `${plan.name}/${summary.run}`),
    filmStrips: await gatherFilmStrips(stages),
    provenance: {
      seed: plan.seed,
      started,
      finished: new Date(Date.parse(started) + summary.seconds * 1000).toISOString(),
      declaration: declarationOf(plan),
      versions: versions(),
      host: host(),
      other: { "workflow id": opened.workflowId, "data root": root, build: opened.build },
    },
  };
}

function stageReport(stage: ReportedStage, { error, status }: RunSummary): StageReport {
  const { plan, result } = stage;
  const state = result === null
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
function verdictOf({ stages, status, error }: RunSummary): string {
  if (error) return `The run ${status}: ${error.message}`;
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
