import { join } from "node:path";
import { readOpenedRun } from "../../activities/run.ts";
import type { RunSummary } from "../../activities/types.ts";
import { DamagedStoreError } from "../../core/errors.ts";
import { type Changes, findKind, type PipelinePlan } from "../../pipelines/mod.ts";
import {
  listPipelines,
  listRuns,
  readRootFile,
  readRun,
  type RunLocation,
} from "../../store/mod.ts";
import { displayPath } from "../data/data_root.ts";
import { headlineOf } from "./headline.ts";
import { locateSummary } from "./locate_summary.ts";

/** Run as its directory describes it. */
export interface ListedRun extends RunLocation {
  /** ISO 8601; null if its plan cannot be read. */
  readonly started: string | null;
  readonly seed: number | null;
  /** Seeds of the stages that draw random numbers; null if the plan cannot be read. */
  readonly seeds: Readonly<Record<string, number>> | null;
  /** Changes to its declaration; null if they are not known. */
  readonly changes: Changes | null;
  /**
   * Content of `run.json`; null while the run continues, or if it was killed or the file is
   * damaged.
   */
  readonly summary: RunSummary | null;
  /** Damage, with its remedy; null if there is none. */
  readonly damage: string | null;
}

/** The runs of a data directory, or of one pipeline, the latest last. */
export async function gatherRuns(root: string, pipeline?: string): Promise<readonly ListedRun[]> {
  const runs = await Promise.all(
    (await listRuns(root, pipeline)).map((run) => readListedRun(root, run)),
  );
  const time = ({ started }: ListedRun) => started ?? "";
  return runs.sort((a, b) => time(a) < time(b) ? -1 : Number(time(a) > time(b)));
}

/** Returns the errors of pipelines whose runs cannot be listed; none hides the others. */
export async function damagedPipelines(root: string): Promise<readonly string[]> {
  const listed = listPipelines(root).map((pipeline) => orDamage(listRuns(root, pipeline)));
  return (await Promise.all(listed)).flatMap(({ damage }) => damage === null ? [] : [damage]);
}

async function readListedRun(root: string, run: RunLocation): Promise<ListedRun> {
  const opened = await orDamage(readOpenedRun(root, run.directory));
  // What closeRun() wrote.
  const ended = await orDamage(
    readRun(root, run.directory) as Promise<unknown> as Promise<RunSummary | null>,
  );
  return {
    ...run,
    started: opened.value?.started ?? null,
    seed: opened.value?.plan.seed ?? null,
    seeds: opened.value === null ? null : seedsOf(opened.value.plan),
    changes: opened.value?.changes ?? null,
    summary: ended.value,
    damage: ended.damage ?? opened.damage,
  };
}

/** Returns what is wrong with the identity of a data directory; none if all is well. */
export async function damagedRoot(root: string): Promise<readonly string[]> {
  const { damage } = await orDamage(new Promise((resolve) => resolve(readRootFile(root))));
  return damage === null ? [] : [damage];
}

function seedsOf({ stages }: PipelinePlan): Readonly<Record<string, number>> {
  const drawing = stages.filter((stage) => findKind(stage.kind)?.identity.draws ?? true);
  return Object.fromEntries(drawing.map(({ name, seed }) => [name, seed]));
}

/** Returns what was read, or why it could not be: a damaged run hides no other. */
async function orDamage<Value>(
  reading: Promise<Value>,
): Promise<{ readonly value: Value | null; readonly damage: string | null }> {
  try {
    return { value: await reading, damage: null };
  } catch (error) {
    if (!(error instanceof DamagedStoreError)) throw error;
    return { value: null, damage: error.message };
  }
}

/** A run as machines read it: its summary where it has ended, and how it came about. */
export function runJson(
  run: ListedRun,
  { root, from }: { readonly root: string; readonly from: string },
) {
  const { pipeline, directory, started, seed, seeds, changes, summary, damage } = run;
  return {
    ...(summary === null
      ? { pipeline, run: run.run, directory: displayPath(join(root, directory), from) }
      : locateSummary(summary, { root, from })),
    started,
    seed,
    seeds,
    overrides: changes,
    figures: summary && figuresOf(summary),
    digests: summary && digestsOf(summary),
    headline: summary && headlineOf(summary.stages),
    ...(damage === null ? {} : { damage }),
  };
}

/** Counts and metrics of all stages, by `<stage>.<name>`. */
export function figuresOf({ stages }: RunSummary): Readonly<Record<string, number | string>> {
  return Object.fromEntries(
    Object.entries(stages).flatMap(([stage, { counts, metrics }]) =>
      Object.entries({ ...counts, ...metrics }).map(([name, value]) => [`${stage}.${name}`, value])
    ),
  );
}

/** Digests of all stages, by stage. */
export function digestsOf({ stages }: RunSummary): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(stages).map(([stage, { digest }]) => [stage, digest]));
}
