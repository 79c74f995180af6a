import { findKind } from "../../pipelines/kinds/mod.ts";
import { type FieldSpec, SPLITS } from "../../core/episode.ts";
import { type Dataset, openDataset } from "../../store/mod.ts";
import { createHistogram, type Histogram } from "../../core/statistics/mod.ts";
import { COMMANDS, PATH_KINDS } from "../../sim/mod.ts";
import type { DatasetReport, MixReport } from "../../view/report_model.ts";
import type { ReportedStage } from "./reported_stage.ts";

/** Every merged dataset of a run. */
export async function gatherDatasets(stages: readonly ReportedStage[]): Promise<DatasetReport[]> {
  const reports: DatasetReport[] = [];
  for (const { plan, directory, result } of stages) {
    if (findKind(plan.kind)?.gives !== "dataset" || directory === null || result === null) continue;
    const dataset = await openDataset(directory);
    const { counts, metrics } = result;
    reports.push({
      stage: plan.name,
      environment: dataset.schema.environment,
      controlHz: dataset.schema.controlHz,
      totalEpisodes: dataset.episodes,
      totalSteps: dataset.steps,
      meanEpisodeLength: Number(metrics["mean_episode_length"]),
      meanReward: Number(metrics["mean_reward"]),
      successRate: Number(metrics["success_rate"]),
      outputPath: result.path,
      fileSizeMb: Number(metrics["file_size_mb"]),
      splits: Object.fromEntries(SPLITS.map((split) => [split, counts[split] ?? 0])),
      fields: dataset.schema.step.flatMap((field) => fieldReport(field, dataset)),
      mixes: await mixesOf(dataset),
      histograms: await histogramsOf(dataset),
    });
  }
  return reports;
}

function fieldReport(field: FieldSpec, { statistics }: Dataset): DatasetReport["fields"] {
  const found = statistics[field.name];
  if (found === undefined) return [];
  const { name, dtype, unit = null, components = [] } = field;
  return [{ name, dtype, unit, components, statistics: found }];
}

/** Commands and paths of a quadruped's walks; a dataset without them has no mix. */
async function mixesOf(dataset: Dataset): Promise<MixReport[]> {
  const mixes: MixReport[] = [];
  const fields = { command_sequence: ["none", ...COMMANDS], path_kind: PATH_KINDS };
  for (const [field, names] of Object.entries(fields)) {
    if (!dataset.schema.episode.some(({ name }) => name === field)) continue;
    const counts: Record<string, number> = {};
    for (const value of await numbersOf(dataset, field)) {
      const name = names[value] ?? "none";
      if (name !== "none") counts[name] = (counts[name] ?? 0) + 1;
    }
    mixes.push({ name: field.replaceAll("_", " "), counts });
  }
  return mixes;
}

/** Episode length and return, by split. */
async function histogramsOf(dataset: Dataset): Promise<Histogram[]> {
  const splits = await numbersOf(dataset, "split");
  const lengths = Array.from(
    dataset.episodeEnds,
    (end, i) => end - (dataset.episodeEnds[i - 1] ?? 0),
  );
  const bySplit = (values: readonly number[]) =>
    Object.fromEntries(
      SPLITS.map((split, index) =>
        [split, values.filter((_, episode) => splits[episode] === index)] as const
      ).filter(([, group]) => group.length > 0),
    );
  const returns = await numbersOf(dataset, "return");
  return [
    createHistogram("episode length", "steps", bySplit(lengths)),
    createHistogram("episode return", null, bySplit(returns)),
  ].filter((histogram) => histogram !== null);
}

async function numbersOf(dataset: Dataset, field: string): Promise<number[]> {
  return Array.from((await dataset.readEpisodes(field)).data, Number);
}
