import { join } from "node:path";
import { readOpenedRun } from "../../activities/run.ts";
import { comparisonOf, type NamedOutcomes, policyOf } from "../../activities/stages/compare.ts";
import { openOutcomes } from "../../activities/stages/outcomes.ts";
import type { RunSummary } from "../../activities/types.ts";
import { canonicalJson, type JsonValue } from "../../core/canonical.ts";
import { InvalidInputError } from "../../core/errors.ts";
import { ALPHA, tabulate, type VerdictTable } from "../../core/statistics/mod.ts";
import { findKind, type PipelinePlan } from "../../pipelines/mod.ts";
import { higherIsBetter } from "../../pipelines/metric_direction.ts";
import { parseVariant, variantName } from "../../pipelines/variants/variant_name.ts";
import { PRINCIPAL } from "../../pipelines/verdicts.ts";
import { readRun, resolveRunStage } from "../../store/mod.ts";

/** Stored runs beside each other: what differs between them, and which is better. */

/** Options for comparing stored runs. */
export interface RunComparison {
  readonly metric: string;
  readonly paired: boolean;
  readonly margin: number | null;
  readonly better?: "higher" | "lower";
}

/** A value that runs do not share, in the order of the runs; null where one has none. */
export interface RunDifference {
  /** `train.steps`, or a stage. */
  readonly place: string;
  readonly values: readonly JsonValue[];
}

/** Compared runs, side by side. */
export interface ComparedRuns {
  readonly runs: readonly string[];
  readonly table: VerdictTable;
  readonly parameters: readonly RunDifference[];
  readonly digests: readonly RunDifference[];
  /** Counts and metrics of the evaluations. */
  readonly figures: readonly RunDifference[];
}

/** Training seeds of a variant differ in this. */
const REPEATED = ["seed"];

/**
 * Compares stored runs.
 *
 * @param texts What a person calls them: `reach-expert/3`, `reach-expert/3/evaluate`
 * @throws {InvalidInputError} If there are fewer than two, one has no such metric, or they do not share
 * their episodes though they are to be paired
 */
export async function compareRuns(
  root: string,
  texts: readonly string[],
  { metric, paired, margin, better }: RunComparison,
): Promise<ComparedRuns> {
  const runs = await Promise.all(texts.map((text) => readComparedRun(root, text, metric)));
  const names = runs.map(({ name }) => name);
  const double = names.find((name, at) => names.indexOf(name) < at);
  if (runs.length < 2 || double !== undefined) {
    throw new InvalidInputError({
      action: "compare",
      expected: "two runs",
      found: double === undefined ? runs.length : `"${double}" twice`,
      remedy: "name the runs, e.g. reach-expert/3 reach-expert/7",
    });
  }
  const [variants, comparison] = await comparisonOf(
    runs.flatMap(({ outcomes }) => outcomes),
    { metric, over: REPEATED, paired },
    {
      alpha: ALPHA,
      margin,
      higherIsBetter: higherIsBetter(metric, better),
      baseline: null,
      random: { seed: 0, stream: "compare" },
    },
  );
  return {
    runs: names,
    table: tabulate(metric, variants, comparison),
    parameters: differencesOf(runs.map(({ plan }) => parametersOf(plan))),
    digests: differencesOf(runs.map(({ summary }) => digestsOf(summary))),
    figures: valuesOf(runs.map(({ figures }) => figures)),
  };
}

interface ComparedRun {
  /** `reach-expert/3`, or with its stage where that was named. */
  readonly name: string;
  readonly plan: PipelinePlan;
  readonly summary: RunSummary;
  /** One for each training seed. */
  readonly outcomes: readonly NamedOutcomes[];
  readonly figures: ReadonlyMap<string, JsonValue>;
}

async function readComparedRun(root: string, text: string, metric: string): Promise<ComparedRun> {
  const { run, stage } = await resolveRunStage(root, text);
  const reference = `${run.pipeline}/${run.run}`;
  // closeRun() wrote it.
  const summary = await readRun(root, run.directory) as unknown as RunSummary | null;
  if (summary === null) {
    throw new InvalidInputError({
      action: "compare",
      place: reference,
      expected: "a run that has ended",
      found: "none",
      remedy: "wait for it, or name another",
    });
  }
  const chosen = chooseStages(reference, summary, stage, metric);
  const name = stage === null ? reference : `${reference}/${stage}`;
  const { plan } = await readOpenedRun(root, run.directory);
  const outcomes = await Promise.all(chosen.map(async (stageName) => ({
    name: variantName(name, repeatedFactors(stageName)),
    policy: policyOf(plan.stages.find((planned) => planned.name === stageName)!), // has run
    outcomes: await openOutcomes(join(root, summary.stages[stageName]!.path)),
  })));
  const { counts, metrics } = summary.stages[chosen[0]!]!;
  return {
    name,
    plan,
    summary,
    outcomes,
    figures: new Map(Object.entries({ ...counts, ...metrics })),
  };
}

function repeatedFactors(stage: string) {
  return [...parseVariant(stage).factors].filter(([factor]) => REPEATED.includes(factor));
}

/** The evaluation of a run that is meant, every training seed of it. */
function chooseStages(
  reference: string,
  { stages }: RunSummary,
  wanted: string | null,
  metric: string,
): readonly string[] {
  const measured = Object.entries(stages).filter(([, { kind, counts, metrics }]) =>
    findKind(kind)?.gives === "evaluation" || Object.hasOwn(metrics, metric) ||
    Object.hasOwn(counts, metric)
  ).map(([name]) => name);
  const named = wanted === null
    ? measured.filter((name) => parseVariant(name).base === PRINCIPAL)
    : measured.filter((name) => name === wanted || parseVariant(name).base === wanted);
  const chosen = named.length > 0 || wanted !== null ? named : measured.slice(-1);
  const variants = new Set(chosen.map((name) => {
    const { base, factors } = parseVariant(name);
    return variantName(base, [...factors].filter(([factor]) => !REPEATED.includes(factor)));
  }));
  if (variants.size === 1) return chosen;
  throw new InvalidInputError({
    action: "compare",
    place: reference,
    ...(variants.size === 0
      ? {
        expected: wanted === null ? `a stage with metric "${metric}"` : `evaluation "${wanted}"`,
        found: measured.join(", ") || "none",
        remedy: "name another run, stage or metric",
      }
      : {
        expected: "one evaluation",
        found: variants.size,
        remedy: `name one of ${[...variants].map((name) => `${reference}/${name}`).join(", ")}`,
      }),
  });
}

/** Parameters of every stage by their place, and seeds. */
function parametersOf({ seed, stages }: PipelinePlan): ReadonlyMap<string, JsonValue> {
  const entries = stages.flatMap(({ name, kind, parameters, seed: own, external }) => [
    [`${name}.kind`, kind] as const,
    ...(own === seed ? [] : [[`${name}.seed`, own] as const]),
    ...Object.entries(parameters).map(([key, value]) => [`${name}.${key}`, value] as const),
    ...external.map(({ parameter, digest }) => [`${name}.${parameter}`, digest] as const),
  ]);
  return new Map([["seed", seed] as const, ...entries]);
}

function digestsOf({ stages }: RunSummary): ReadonlyMap<string, JsonValue> {
  return new Map(Object.entries(stages).map(([name, { digest }]) => [name, digest]));
}

function valuesOf(all: readonly ReadonlyMap<string, JsonValue>[]): readonly RunDifference[] {
  const places = new Set(all.flatMap((values) => [...values.keys()]));
  return [...places].map((place) => ({
    place,
    values: all.map((values) => values.get(place) ?? null),
  }));
}

function differencesOf(all: readonly ReadonlyMap<string, JsonValue>[]): readonly RunDifference[] {
  return valuesOf(all).filter(({ values }) =>
    new Set(values.map((value) => canonicalJson(value))).size > 1
  );
}
