import { z } from "zod";
import { type Split, SPLITS } from "../../core/episode.ts";
import { isRecord } from "../../core/findings.ts";
import type { StagePlan } from "../plan.ts";
import { episodeBytes, generate } from "./generate.ts";
import {
  type AnyStage,
  type CompiledParameters,
  parametersOf,
  type StageKindDefinition,
} from "./kind.ts";
import { checkEnvironments, checkHoldout, checkSplits } from "./merge_checks.ts";
import {
  type DeclaredInputs,
  fraction,
  inputs,
  MAX_COUNT,
  MAX_INPUTS,
  random,
  type RandomDeclaration,
  stageName,
} from "./shared_fields.ts";

/** A stage that writes the accepted episodes of its inputs as one dataset. */
export interface MergeDeclaration<Name extends string = string> extends RandomDeclaration {
  readonly kind: "merge";
  /** Stages whose accepted episodes it writes, in this order. */
  readonly from: DeclaredInputs<Name>;
  /** Fractions of the episodes in each split, which add up to 1; 0.8, 0.1 and 0.1 if absent. */
  readonly split?: SplitDeclaration;
  /** Split of each input as a whole, in place of fractions: for splits of other seeds. */
  readonly splitByInput?: Readonly<Record<string, Split>>;
  /** Episodes of the smaller splits, in place of fractions; the rest is for training. */
  readonly holdout?: HoldoutDeclaration;
  /**
   * Episodes of mean length per chunk of an array, in [1, 10^6]; 32 if absent. With `auto`, chunks of
   * small rows hold about 1 MB, for datasets of very many small episodes.
   */
  readonly chunk?: number | "auto";
  /** First episodes to show as MP4 videos in the run's directory, in [1, 10]; none if absent. */
  readonly videos?: number;
}

/** Fractions of the episodes in each split. */
export interface SplitDeclaration {
  /**
   * Fraction for training, in (0, 1].
   *
   * @default {0.8}
   */
  readonly train?: number;
  /**
   * Fraction by which training is watched, in [0, 1].
   *
   * @default {0.1}
   */
  readonly validation?: number;
  /**
   * Fraction that training never sees, in [0, 1].
   *
   * @default {0.1}
   */
  readonly test?: number;
}

/** Episodes of the validation and test splits. */
export interface HoldoutDeclaration {
  /**
   * Episodes of the validation split, in [0, 10^9].
   *
   * @default {0}
   */
  readonly validation?: number;
  /**
   * Episodes of the test split, in [0, 10^9].
   *
   * @default {0}
   */
  readonly test?: number;
}

const split = z.strictObject({
  train: fraction.gt(0).default(0.8),
  validation: fraction.default(0.1),
  test: fraction.default(0.1),
}).refine((parts) => Math.abs(parts.train + parts.validation + parts.test - 1) < 1e-9, {
  error: "expected fractions that add up to 1",
});

const schema = z.strictObject({
  kind: z.literal("merge"),
  from: inputs,
  split: split.prefault({ train: 0.8, validation: 0.1, test: 0.1 }).describe(
    "Fraction of the episodes in each split",
  ),
  splitByInput: z.record(stageName, z.enum(SPLITS)).describe(
    "Split to which each input belongs as a whole, instead of fractions; for splits with " +
      "different seeds",
  ).optional(),
  holdout: z.strictObject({
    validation: z.int().min(0).max(MAX_COUNT).default(0),
    test: z.int().min(0).max(MAX_COUNT).default(0),
  }).describe(
    "Episodes in the validation and test splits, instead of fractions; the rest is for " +
      "training",
  ).optional(),
  chunk: z.union([z.int().min(1).max(1e6), z.literal("auto")]).describe(
    "Episodes of mean length per chunk of an array (default 32); auto makes chunks of about 1 MB, " +
      "which means far fewer files if there are very many small episodes",
  ).optional(),
  videos: z.int().min(1).max(10).describe(
    "Number of episodes, from the first, to render as MP4 videos in the run's directory " +
      "(default 0)",
  ).optional(),
  ...random,
}).describe("Merges the accepted episodes of its inputs into one dataset");

/** Parameters of a compiled merge stage. */
export type MergeParameters = CompiledParameters<
  typeof schema,
  "splitByInput" | "holdout" | "chunk" | "videos"
>;

/** Writes accepted episodes as a dataset. */
export const merge: StageKindDefinition<"merge", typeof schema, MergeParameters> = {
  kind: "merge",
  schema,
  reads: { episodes: [1, MAX_INPUTS] },
  gives: "dataset",
  takesVariants: true,
  identity: { codeVersion: 2, versions: ["deno", "codec"], omits: ["videos"], draws: true },
  work: { shape: "whole", resource: "simulate" },
  isResult: true,
  progress: { unit: "episodes", count: "total_episodes", judgedBy: "success_rate" },
  headline: ["total_episodes", "total_steps", "mean_episode_length", "mean_reward", "success_rate"],
  renameInputs: nameSplits,
  checks: (site) => [...checkEnvironments(site), ...checkSplits(site), ...checkHoldout(site)],
  estimate({ stage, stages, context }) {
    const heads = stage.from.map((name) => headOf(stages.get(name)!, stages));
    const count = heads.reduce((sum, head) => sum + head.chain!.target, 0);
    const bytes = heads.reduce(
      (sum, head) => sum + head.chain!.target * episodeBytes(parametersOf(head, generate), context),
      0,
    );
    return { shards: 0, count, unit: "episodes", bytes };
  },
};

/** All variants of an input belong to its split. */
function nameSplits(stage: AnyStage, variantsOf: (name: string) => readonly string[]): AnyStage {
  const splits = stage["splitByInput"];
  if (!isRecord(splits)) return stage;
  const named = Object.entries(splits).flatMap(([input, split]) =>
    variantsOf(input).map((variant) => [variant, split])
  );
  return { ...stage, splitByInput: Object.fromEntries(named) };
}

function headOf(stage: StagePlan, stages: ReadonlyMap<string, StagePlan>): StagePlan {
  const previous = stage.chain?.previous ?? null;
  return previous === null ? stage : headOf(stages.get(previous)!, stages);
}
