import { z } from "zod";
import {
  alphaOfLook,
  minimalMeanDifference,
  minimalSuccessDifference,
  pairsOf,
  VERDICT_PHRASES,
  VERDICTS,
} from "../../core/statistics/mod.ts";
import { suggestName } from "../../core/suggest.ts";
import type { Finding } from "../findings.ts";
import { parseVariant, variantName } from "../variants/variant_name.ts";
import { checkCommonEpisodes } from "./common_episodes.ts";
import type { CompiledParameters, DeclaredSite, StageKindDefinition } from "./kind.ts";
import { type DeclaredInputs, inputs, random, type RandomDeclaration } from "./shared_fields.ts";

/** A stage that says which of several evaluations is better. */
export interface CompareDeclaration<Name extends string = string> extends RandomDeclaration {
  readonly kind: "compare";
  /** Evaluations, or scores: of a stage with a matrix, all of its variants. */
  readonly from: DeclaredInputs<Name>;
  /**
   * The figure that is compared.
   *
   * @default {"success_rate"}
   */
  readonly metric?: string;
  /** Name of each input in the table, in their order; the stages' names where absent. */
  readonly labels?: readonly string[];
  /** Name of the variant that all others are compared with; each with each where absent. */
  readonly baseline?: string;
  /**
   * Factors of which variants are repetitions of one another.
   *
   * @default {["seed"]}
   */
  readonly over?: readonly string[];
  /**
   * Whether episode i of one is episode i of all; without, they count as independent.
   *
   * @default {true}
   */
  readonly paired?: boolean;
  /** Differences up to this size do not matter, above 0; every one does where absent. */
  readonly margin?: number;
  /** Values that are better; if absent, the metric's name decides. */
  readonly better?: "higher" | "lower";
  /**
   * Two-sided error that is accepted, for all pairs together, in (0, 0.5).
   *
   * @default {0.05}
   */
  readonly alpha?: number;
  /**
   * Compares batch after batch, and stops at the first look that decides; errors are those of `alpha`
   * all the same.
   */
  readonly sequential?: SequentialDeclaration;
}

/** Sequential comparison, which looks at its batches one after another. */
export interface SequentialDeclaration {
  /**
   * Factor whose levels are the batches.
   *
   * @default {"seed"}
   */
  readonly factor?: string;
  /** Batches at most, in [2, 20]; as many as the factor has levels where absent. */
  readonly maxBatches?: number;
  /** Width of every interval at which it stops as well, above 0. */
  readonly width?: number;
  /** Index of this look, and the number of looks: a plan has a stage for each. */
  readonly look?: number;
  readonly looks?: number;
}

/** Schema of the name of a metric. */
export const metricName = z.string().regex(/^[A-Za-z][\w.-]{0,99}$/, {
  error: "expected the name of a metric, e.g. success_rate",
});

const label = z.string().min(1).max(200).regex(/^\P{C}+$/u, {
  error: "expected a name without control characters",
});

/** Looks at most. */
const MAX_LOOKS = 20;

const schema = z.strictObject({
  kind: z.literal("compare"),
  from: inputs,
  metric: metricName.default("success_rate").describe("Metric to compare"),
  labels: z.array(label).min(1).max(16_384).describe(
    "Name of each input in the table, in order (default the names of the stages)",
  ).optional(),
  baseline: label.describe(
    "Variant that all others are compared with (default: each with each)",
  ).optional(),
  over: z.array(z.string().min(1).max(100)).max(16).default(["seed"]).describe(
    "Factors whose levels repeat a variant, such as training seeds",
  ),
  paired: z.boolean().default(true).describe(
    "Compare episode by episode; false treats the evaluations as independent",
  ),
  margin: z.number().gt(0).describe(
    "Differences up to this size do not matter: the verdict is equivalent if the interval is within",
  ).optional(),
  better: z.enum(["higher", "lower"]).describe(
    "Which values are better (default by the name: lower for errors, losses, falls and lengths)",
  ).optional(),
  alpha: z.number().gt(0).lt(0.5).default(0.05).describe(
    "Significance level, two-sided, for all pairs together",
  ),
  sequential: z.strictObject({
    factor: z.string().min(1).max(100).default("seed"),
    maxBatches: z.int().min(2).max(MAX_LOOKS).optional(),
    width: z.number().gt(0).optional(),
    look: z.int().min(1).max(MAX_LOOKS).optional(),
    looks: z.int().min(2).max(MAX_LOOKS).optional(),
  }).describe(
    "Compare batch after batch of a factor (default seed) and stop at the first look that decides, " +
      "or where every interval is narrower than width; maxBatches bounds the looks",
  ).optional(),
  ...random,
}).describe("Compares evaluations and says which is better");

type Compare = z.output<typeof schema>;

/** Parameters of a compiled compare stage. */
export type CompareParameters = CompiledParameters<
  typeof schema,
  "baseline" | "margin" | "better" | "sequential"
>;

/** Pairs that a table still shows; more need a baseline. */
const MAX_PAIRS = 500;

/** Bytes of a table, about: variants, pairs and their text. */
const TABLE_BYTES = 20_000;

/** Compares evaluations. */
export const compare: StageKindDefinition<"compare", typeof schema, CompareParameters> = {
  kind: "compare",
  schema,
  reads: { evaluation: [1, 16_384], scores: [0, 16_384] },
  gives: "table",
  takesVariants: true,
  identity: { codeVersion: 1, versions: ["deno"], omits: [], draws: true },
  work: { shape: "whole", resource: "simulate" },
  isResult: true,
  progress: { unit: "pairs", count: "pairs", judgedBy: "success_rate" },
  headline: ["variants", "pairs", "better", "worse", "equivalent", "no_evidence"],
  verdict: describeResult,
  previousLook(name, { sequential }) {
    const { look } = sequential ?? {};
    return look === undefined ? undefined : lookBefore(name, look);
  },
  checks: checkVariants,
  lookUp(site) {
    const { from, over, paired } = site.resolution.stage;
    return paired ? checkCommonEpisodes(site, repetitions([from].flat(), over)) : [];
  },
  withDefaults({ stage }) {
    // Names are in no key, but a table is made of them.
    return { ...stage, labels: stage.labels ?? [stage.from].flat() };
  },
  estimate({ stage, stages, parameters }) {
    const { labels, over, baseline } = parameters;
    const groups = groupVariants(labels, over);
    const count = pairsOf(groups.map(({ name }) => name), baseline ?? null).length;
    const episodes = stage.from.flatMap((name) => {
      const declared = stages.get(name)?.parameters["episodes"];
      return typeof declared === "number" ? [declared] : [];
    });
    const least = Math.min(...episodes);
    const seeds = Math.min(...groups.map(({ members }) => members.length));
    return {
      shards: 0,
      count,
      unit: "comparisons",
      bytes: TABLE_BYTES,
      ...(episodes.length < stage.from.length
        ? {}
        : { note: describeDesign(parameters, { episodes: least, pairs: count, seeds }) }),
    };
  },
};

/** Success rates for which the least visible difference is told: a good policy's, and the worst. */
const SUCCESS = { good: 0.95, worst: 0.5 } as const;

/** Describes the difference that a design could detect. */
function describeDesign(
  { metric, alpha: whole, paired, sequential }: CompareParameters,
  { episodes, pairs, seeds }: {
    readonly episodes: number;
    readonly pairs: number;
    readonly seeds: number;
  },
): string {
  const { look, looks } = sequential ?? {};
  const alpha = look === undefined || looks === undefined ? whole : alphaOfLook(look, looks, whole);
  const design = { episodes, alpha: alpha / pairs };
  const shown = (success: number) => {
    const least = minimalSuccessDifference(design, success);
    return least === null ? "none" : least.toFixed(least < 0.1 ? 3 : 2);
  };
  const what = metric.startsWith("success_rate")
    ? `a difference of ${shown(SUCCESS.good)} where about ${SUCCESS.good} succeed, of ` +
      `${shown(SUCCESS.worst)} where half do`
    : `a mean difference of ${minimalMeanDifference(design).toFixed(2)} standard deviations of ` +
      "the differences";
  return `with ${episodes} ${paired ? "common episodes" : "episodes"} and ${pairs} ` +
    `${pairs === 1 ? "pair" : "pairs"}, ${metric} shows in four of five cases ${what}` +
    (seeds > 1 ? `, and what ${seeds} training seeds spread comes on top` : "");
}

/** The pair with the largest difference as a sentence, and how many others show one. */
function describeResult(
  { pairs = 0, no_evidence: none = 0 }: Readonly<Record<string, number>>,
  { a, b, metric, difference, p, verdict }: Readonly<Record<string, number | string>>,
): string {
  const shown = Number(Number(difference).toPrecision(4)),
    likely = Number(Number(p).toPrecision(2));
  const known = VERDICTS.find((one) => one === verdict);
  const phrase = known === undefined ? "stands beside" : VERDICT_PHRASES[known];
  const largest = `${b} ${phrase} ${a}: ${metric} ` +
    `${shown > 0 ? "+" : ""}${shown}, p ${likely < 0.001 ? "below 0.001" : likely}`;
  if (pairs === 1) return largest;
  return `${pairs - none} of ${pairs} pairs have a verdict; the largest difference: ${largest}`;
}

/** Name of the factor that tells looks apart. */
export const LOOK = "look";

/** The look before one, by its name; null before the first. */
function lookBefore(name: string, look: number): string | null {
  if (look <= 1) return null;
  const { base, factors } = parseVariant(name);
  return variantName(base, new Map([...factors, [LOOK, String(look - 1)]]));
}

/** A variant: inputs that differ in nothing but factors that repeat it. */
export interface VariantGroup {
  readonly name: string;
  readonly members: readonly {
    /** Index among the inputs. */
    readonly input: number;
    /** Its levels of the factors that repeat, e.g. `seed=2`. */
    readonly label: string;
  }[];
}

/** The variants that inputs are of, in the order of their first ones. */
export function groupVariants(
  names: readonly string[],
  over: readonly string[],
): readonly VariantGroup[] {
  const groups = new Map<string, VariantGroup["members"]>();
  for (const [input, name] of names.entries()) {
    const { base, factors } = parseVariant(name);
    const own = [...factors].filter(([factor]) => !over.includes(factor));
    const repeated = [...factors].filter(([factor]) => over.includes(factor)).sort();
    const label = repeated.map(([factor, level]) => `${factor}=${level}`).join(",");
    const group = variantName(base, own);
    groups.set(group, [...groups.get(group) ?? [], { input, label }]);
  }
  return [...groups].map(([name, members]) => ({ name, members }));
}

/** The inputs of each repetition: what every variant has of one training seed. */
function repetitions(
  inputs: readonly string[],
  over: readonly string[],
): readonly (readonly string[])[] {
  const byLabel = new Map<string, string[]>();
  for (const { members } of groupVariants(inputs, over)) {
    for (const { input, label } of members) {
      byLabel.set(label, [...byLabel.get(label) ?? [], inputs[input]!]);
    }
  }
  return [...byLabel.values()];
}

function checkVariants({ name, stage, inputs }: DeclaredSite<Compare>): readonly Finding[] {
  const path = ["stages", name], { labels = inputs, over = ["seed"], baseline } = stage;
  if (labels.length !== inputs.length) {
    return [{
      check: "wrong-type",
      path: [...path, "labels"],
      problem: `expected a name for each of ${inputs.length} inputs, found ${labels.length}`,
      remedy: "name each once, in the order of from",
    }];
  }
  const double = labels.find((label, at) => labels.indexOf(label) < at);
  if (double !== undefined) {
    return [{
      check: "duplicate-input",
      path: [...path, "labels"],
      problem: `two inputs have the name "${double}"`,
      remedy: "give each its own name",
    }];
  }
  const groups = groupVariants(labels, over).map(({ name }) => name);
  if (groups.length < 2) {
    return [{
      check: "missing-input",
      path: [...path, "from"],
      problem: `expected at least two variants, found ${groups.join(", ") || "none"}`,
      remedy: "name another evaluation, or what repeats a variant in over",
    }];
  }
  if (baseline !== undefined && !groups.includes(baseline)) {
    return [{
      check: "unknown-input",
      path: [...path, "baseline"],
      problem: `there is no variant "${baseline}"`,
      remedy: suggestName(baseline, groups),
    }];
  }
  const pairs = pairsOf(groups, baseline ?? null).length;
  if (pairs <= MAX_PAIRS) return [];
  return [{
    check: "too-many-inputs",
    path: [...path, "from"],
    problem: `expected at most ${MAX_PAIRS} pairs of variants, found ${pairs}`,
    remedy: "name a baseline",
  }];
}
