import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { canonicalJson, requireJson } from "../../core/canonical.ts";
import { InvalidInputError } from "../../core/errors.ts";
import {
  alphaOfLook,
  meanOf,
  type Replicate,
  tabulate,
  type Variant,
  VERDICTS,
  type VerdictTable,
} from "../../core/statistics/mod.ts";
import { suggestName } from "../../core/suggest.ts";
import {
  compare,
  type CompareParameters,
  groupVariants,
  type VariantGroup,
} from "../../pipelines/kinds/compare.ts";
import { parametersOf } from "../../pipelines/kinds/kind.ts";
import { higherIsBetter } from "../../pipelines/metric_direction.ts";
import type { StagePlan } from "../../pipelines/plan.ts";
import { StoreWriter } from "../../store/mod.ts";
import type { StageResult, StageTask } from "../types.ts";
import { requireMetric } from "./metric_names.ts";
import type { OperationContext } from "./operation.ts";
import { type MetricValues, openOutcomes, type Outcomes } from "./outcomes.ts";
import { ensureStage } from "./stage.ts";

/** File with the data that a report shows of a comparison. */
const TABLE_FILE = "verdicts.json";

/** Says which of several evaluations is better. */
export function compareStage(task: StageTask, context: OperationContext): Promise<StageResult> {
  const parameters = parametersOf(task.stage, compare);
  const { metric, labels, over, baseline, paired, margin, better } = parameters;
  const look = lookOf(parameters);
  const { seed, stream } = task.stage;
  return ensureStage(task, context, async (directory) => {
    const named: NamedOutcomes[] = [];
    for (const [at, { path }] of task.inputs.entries()) {
      const outcomes = await openOutcomes(join(context.root, path));
      named.push({ name: labels[at]!, policy: policyOf(task.inputStages[at]!), outcomes });
      context.signal.throwIfAborted();
    }
    const table = tabulate(
      metric,
      ...await comparisonOf(named, { metric, over, paired }, {
        alpha: look?.alpha ?? parameters.alpha,
        margin: margin ?? null,
        higherIsBetter: higherIsBetter(metric, better),
        baseline: baseline ?? null,
        random: { seed, stream },
      }),
    );
    return { commit: await commitTable(directory, { ...table, look }) };
  });
}

/** Returns the facts of a look before it is taken; null if a comparison has no looks. */
function lookOf({ alpha: whole, sequential }: CompareParameters): StoredTable["look"] {
  const { look, looks, width = null } = sequential ?? {};
  if (look === undefined || looks === undefined) return null;
  return { look, looks, width, alpha: alphaOfLook(look, looks, whole) };
}

/** A verdict table, and which of several looks it is. */
export interface StoredTable extends VerdictTable {
  readonly look: {
    readonly look: number;
    readonly looks: number;
    /** Width of all intervals at which looking ends; null if only verdicts end it. */
    readonly width: number | null;
    /** Error that this look spends. */
    readonly alpha: number;
  } | null;
}

/** Whether a look leaves nothing to look for: a pure function of what is stored. */
function decides({ pairs, look }: StoredTable): boolean {
  const width = look?.width ?? null;
  const isNarrow = width !== null &&
    pairs.every(({ low, high }) => low !== null && high !== null && high - low <= width);
  return isNarrow || pairs.every(({ verdict }) => verdict !== "no evidence");
}

/** Finds a metric that the inputs will not have. */
export async function checkCompared(
  stage: StagePlan,
  { inputs }: { readonly inputs: readonly StagePlan[] },
): Promise<void> {
  await Promise.resolve(requireMetric(stage.name, parametersOf(stage, compare).metric, inputs));
}

/** Returns what tells the policy of an evaluation from those of others. */
export function policyOf({ from, parameters, external }: StagePlan): string {
  const { policy = null } = parameters;
  return canonicalJson([from, policy, external.map(({ digest }) => digest)]);
}

/** A stored evaluation by the name that it has in a table. */
export interface NamedOutcomes {
  readonly name: string;
  /** Name that tells its policy from others, e.g. the stage that trained it. */
  readonly policy: string;
  readonly outcomes: Outcomes;
}

/** Compared metric, and how variants are told apart. */
export interface ComparedMetric {
  readonly metric: string;
  readonly over: readonly string[];
  readonly paired: boolean;
}

type Comparison = Parameters<typeof tabulate>[2];

/**
 * The values of a metric by variant, ready to be compared.
 *
 * @throws {InvalidInputError} If one lacks the metric, or they do not share their episodes though they
 * are to be paired
 */
export async function comparisonOf(
  named: readonly NamedOutcomes[],
  { metric, over, paired }: ComparedMetric,
  rest: Omit<Comparison, "paired" | "binary">,
): Promise<readonly [variants: readonly Variant[], comparison: Comparison]> {
  const read = await Promise.all(named.map((one) => readMetric(one, metric)));
  const groups = groupVariants(named.map(({ name }) => name), over);
  if (paired) requireCommonEpisodes(groups, named);
  const variants = groups.map(({ name, members }) => {
    const replicates = members.map(({ input, label }) => ({ label, values: read[input]!.values }));
    return {
      name,
      replicates: joinReplicates(replicates, members.map(({ input }) => named[input]!)),
    };
  });
  // Means of policies are no successes any more.
  const whole = variants.every(({ replicates }) =>
    replicates.every(({ values }) => values.length > 1 || named.length === groups.length)
  );
  return [variants, { ...rest, paired, binary: whole && read.every(({ binary }) => binary) }];
}

/**
 * Repetitions that are independent of each other. Batches of episodes of one policy are one, longer;
 * of policies that met other episodes each, nothing but the mean can be paired.
 */
function joinReplicates(
  replicates: readonly Replicate[],
  named: readonly NamedOutcomes[],
): readonly Replicate[] {
  const [first, ...others] = named;
  if (first === undefined || others.every((other) => sharesEpisodes(first, other))) {
    return replicates;
  }
  if (others.every(({ policy }) => policy === first.policy)) {
    return [{ label: "", values: replicates.flatMap(({ values }) => Array.from(values)) }];
  }
  return replicates.map(({ label, values }) => ({ label, values: [meanOf(values)] }));
}

/** Whether episode i of one begins like episode i of the other, as far as both have it. */
export function sharesEpisodes(
  { outcomes: a }: Pick<NamedOutcomes, "outcomes">,
  { outcomes: b }: Pick<NamedOutcomes, "outcomes">,
): boolean {
  const common = Math.min(a.starts.length, b.starts.length);
  return a.environment === b.environment &&
    a.starts.slice(0, common).every((start, episode) => start === b.starts[episode]);
}

/**
 * The values of a metric.
 *
 * @throws {InvalidInputError} If there is none of that name
 */
export async function readMetric(
  { name, outcomes }: Pick<NamedOutcomes, "name" | "outcomes">,
  metric: string,
): Promise<MetricValues> {
  const values = await outcomes.readValues(metric);
  if (values !== null) return values;
  throw new InvalidInputError({
    action: "compare",
    place: name,
    expected: "a metric that it has",
    found: `"${metric}"`,
    remedy: suggestName(metric, outcomes.metrics),
  });
}

/** @throws {InvalidInputError} If two variants do not share the episodes of a repetition */
function requireCommonEpisodes(
  [first, ...others]: readonly VariantGroup[],
  named: readonly NamedOutcomes[],
): void {
  for (const { members } of others) {
    for (const [at, { input, label }] of members.entries()) {
      const beside = first!.members.find((member) => member.label === label) ?? first!.members[at];
      if (beside === undefined) continue;
      const one = named[beside.input]!, other = named[input]!;
      if (sharesEpisodes(one, other)) continue;
      const what = one.outcomes.environment === other.outcomes.environment
        ? "starts"
        : "environments";
      throw new InvalidInputError({
        action: `compare "${one.name}" with`,
        place: other.name,
        expected: "evaluations that share their episodes",
        found: `other ${what}`,
        remedy: "evaluate both with the same seed and stream, or compare them unpaired " +
          "(--unpaired, paired: false)",
      });
    }
  }
}

async function commitTable(directory: string, table: StoredTable) {
  const { variants, pairs } = table, writer = new StoreWriter(directory);
  const counts = VERDICTS.map((verdict) => [
    verdict.replace(" ", "_"),
    pairs.filter((pair) => pair.verdict === verdict).length,
  ]);
  requireJson(table, TABLE_FILE);
  await writer.write(TABLE_FILE, canonicalJson(table) + "\n");
  return await writer.commit({
    kind: compare.kind,
    counts: {
      variants: variants.length,
      episodes: variants.reduce((sum, { episodes }) => sum + episodes, 0),
      pairs: pairs.length,
      ...Object.fromEntries(counts),
      ...(table.look === null ? {} : { decided: Number(decides(table)) }),
    },
    metrics: { metric: table.metric, ...Object.fromEntries(largestOf(table)) },
  });
}

/** The pair with the largest difference, as figures of the stage. */
function largestOf({ pairs }: VerdictTable): readonly (readonly [string, number | string])[] {
  const [first] = pairs.toSorted((x, y) => Math.abs(y.difference) - Math.abs(x.difference));
  if (first === undefined) return [];
  const { a, b, difference, p, verdict } = first;
  return Object.entries({ a, b, difference, p, verdict });
}

/** The table of a committed comparison. */
export async function readVerdictTable(directory: string): Promise<StoredTable> {
  return JSON.parse(await readFile(join(directory, TABLE_FILE), "utf8"));
}
