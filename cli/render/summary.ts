import { existsSync } from "node:fs";
import { join } from "node:path";
import type { RunSummary } from "../../activities/types.ts";
import { shortKey } from "../../core/canonical.ts";
import { InvalidInputError } from "../../core/errors.ts";
import { formatCount, formatMetric, formatSeconds } from "../../view/format.ts";
import { findKind } from "../../pipelines/mod.ts";
import { describeVerdicts } from "../../pipelines/verdicts.ts";
import {
  groupVariants,
  SHOWN_VARIANTS,
  type VariantGroup,
} from "../../pipelines/variants/variant_groups.ts";
import { intervalOf } from "../../runtime/run/headline.ts";
import { spreadOf } from "../../view/spread.ts";
import { displayPath } from "../kit/places.ts";
import { logDirectory } from "../../runtime/run/run_log.ts";
import { renderTable } from "./table.ts";

/**
 * Renders the result of a run for people: metrics, paths, and what to do next.
 *
 * @param modules Of the user's, as the command line names them
 * @param serving Whether the server still runs
 */
export function renderSummary(
  root: string,
  summary: RunSummary,
  { modules = [], serving }: {
    readonly modules?: readonly string[];
    readonly serving: boolean;
  },
): string {
  const { pipeline, run, status, seconds, error } = summary;
  const lines = [
    `${pipeline} run ${run} ${status} in ${formatSeconds(seconds)}, digest ${
      shortKey(summary.digest)
    }`,
    ...describeVerdicts(summary.stages),
    ...(Object.keys(summary.stages).length === 0 ? [] : ["", renderStages(summary)]),
  ];
  if (error !== undefined) {
    const stage = error.stage === null ? "" : ` in stage "${error.stage}"`;
    lines.push("", `${error.name}${stage}: ${error.message}`);
  }
  return [...lines, "", ...places(root, summary, serving), "", ...nextSteps(root, summary, modules)]
    .join(
      "\n",
    );
}

/**
 * Returns the exit status of a command for the result of its run. What only the data could tell,
 * e.g. a horizon beyond their waypoints, is bad input all the same.
 */
export function statusOfRun({ status, error }: Pick<RunSummary, "status" | "error">): 0 | 1 | 2 {
  if (status === "completed") return 0;
  return error?.name === InvalidInputError.name ? 2 : 1;
}

function renderStages({ stages, notNeeded = [] }: RunSummary): string {
  const rows = [
    ...stageGroups(stages).flatMap(({ base, stages }) =>
      stages.length > SHOWN_VARIANTS ? [variantsRow(base, stages)] : stages.map(stageRow)
    ),
    ...notNeeded.map((name) => [name, "not needed", "", ""]),
  ];
  return renderTable([
    { title: "stage" },
    { title: "time", align: "right" },
    { title: "digest" },
    { title: "metrics" },
  ], rows);
}

type NamedStage = readonly [name: string, stage: RunSummary["stages"][string]];

function stageGroups(stages: RunSummary["stages"]): readonly VariantGroup<NamedStage>[] {
  return groupVariants<NamedStage>(Object.entries(stages), ([name]) => name);
}

function stageRow([name, stage]: NamedStage): readonly string[] {
  const time = stage.cached ? "cached" : formatSeconds(stage.seconds);
  const digest = shortKey(stage.digest);
  const shown = stage.exact === false ? `${digest} (not exact)` : digest;
  return [name, time, shown, figuresOf(stage)];
}

/** Renders many variants of a stage as one row: their time in all, and the spread of each figure. */
function variantsRow(base: string, variants: readonly NamedStage[]): readonly string[] {
  const stages = variants.map(([, stage]) => stage);
  const { kind } = stages[0]!; // no group is empty
  const seconds = stages.reduce((sum, { seconds }) => sum + seconds, 0);
  const time = stages.every(({ cached }) => cached) ? "cached" : formatSeconds(seconds);
  const figures = (findKind(kind)?.headline ?? []).flatMap((name) => {
    const spread = spreadOf(stages, name);
    return spread === null ? [] : [`${name} ${spread.text}`];
  });
  return [`${base} × ${variants.length}`, time, "", figures.join(", ")];
}

function figuresOf({ kind, counts, metrics }: RunSummary["stages"][string]): string {
  const all: Readonly<Record<string, number | string>> = { ...counts, ...metrics };
  return (findKind(kind)?.headline ?? []).flatMap((name) => {
    const value = all[name];
    return value === undefined
      ? []
      : [`${name} ${formatMetric(name, value)}${intervalOf(all, name)}`];
  }).join(", ");
}

/** Lists the paths of all results. */
function places(root: string, summary: RunSummary, serving: boolean): readonly string[] {
  const at = (path: string) => displayPath(join(root, path));
  const rows = stageGroups(summary.stages).flatMap(({ base, stages }) => {
    const gives = findKind(stages[0]![1].kind)?.gives; // no group is empty
    if (stages.length <= SHOWN_VARIANTS) return stages.flatMap(placesOfStage);
    if (gives !== "dataset" && gives !== "model") return [];
    return [[`${gives}s ${base}`, at(join(summary.directory, "stages", `${base}[…]`))]];
  });
  function placesOfStage([name, { kind, path }]: NamedStage): string[][] {
    const gives = findKind(kind)?.gives;
    if (gives === "dataset") return [[labelOf(gives, name, kind), at(path)]];
    return gives === "model" ? [modelPlace(root, name, { kind, path })] : [];
  }
  rows.push(["report", at(join(summary.directory, "report.html"))]);
  const videos = join(summary.directory, "videos");
  if (existsSync(join(root, videos))) rows.push(["videos", at(videos)]);
  rows.push(["logs", at(logDirectory(summary.directory))]);
  const ui = summary.temporal?.["ui"];
  if (typeof ui === "string") {
    rows.push(["Temporal UI", serving ? ui : `${ui} while "deno task up" runs`]);
  }
  const width = Math.max(...rows.map(([label = ""]) => label.length));
  return rows.map(([label = "", place = ""]) => `${label.padEnd(width)}  ${place}`);
}

/**
 * Label of a trained model and what there is to see of it. Only what acts in an environment is a
 * policy, with a graph to be taken elsewhere; a density has none.
 */
function modelPlace(
  root: string,
  name: string,
  { kind, path }: { readonly kind: string; readonly path: string },
): string[] {
  const place = displayPath(join(root, path));
  return isPolicy(root, path)
    ? [labelOf("policy", name, kind), `${place} (policy.onnx, metrics.jsonl)`]
    : [labelOf("model", name, kind), `${place} (metrics.jsonl)`];
}

function isPolicy(root: string, path: string): boolean {
  return existsSync(join(root, path, "policy.onnx"));
}

/** A label, with the name of its stage where that says more than the usual kind of such output. */
function labelOf(label: string, name: string, kind: string): string {
  const isUsual = !findKind(kind)?.isOwn && name === kind;
  return isUsual ? label : `${label} ${name}`;
}

function nextSteps(
  root: string,
  summary: RunSummary,
  modules: readonly string[],
): readonly string[] {
  const { pipeline, run, stages, status } = summary;
  const reference = `${pipeline}/${run}`;
  const code = modules.map((file) => ` --module ${file}`).join("");
  const given = Object.values(stages).map(({ kind }) => findKind(kind)?.gives);
  const acts = Object.values(stages).some(({ kind, path }) =>
    findKind(kind)?.gives === "model" && isPolicy(root, path)
  );
  const steps = [`deno task report ${reference} --open${code}`];
  if (given.includes("dataset")) steps.push(`deno task export ${reference} --to hdf5`);
  if (acts) {
    steps.push(`deno task evaluate ${reference} --episodes 1000${code}`);
  }
  if (status === "completed") steps.push(`deno task verify ${reference}`);
  return ["Next:", ...steps.map((step) => `  ${step}`)];
}

/** The statistics of a dataset under the names of collection scripts, one per line. */
export function renderDatasetStatistics(
  { counts, metrics }: Pick<RunSummary["stages"][string], "counts" | "metrics">,
  output: { readonly path: string; readonly bytes: number } | null,
): string {
  const rows = [
    ["total_episodes", formatCount(counts["total_episodes"] ?? 0)],
    ["total_steps", formatCount(counts["total_steps"] ?? 0)],
    ...["mean_episode_length", "mean_reward", "success_rate"].map((name) => [
      name,
      formatMetric(name, metrics[name] ?? ""),
    ]),
    ...(output === null ? [] : [
      ["output_path", displayPath(output.path)],
      ["file_size_mb", formatMetric("file_size_mb", output.bytes / 1e6)],
    ]),
  ];
  return rows.map(([name = "", value = ""]) => `${name.padEnd(20)}${value}`).join("\n");
}
