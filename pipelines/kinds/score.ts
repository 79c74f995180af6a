import { z } from "zod";
import { type Split, SPLITS } from "../../core/episode.ts";
import { isRecord } from "../../core/findings.ts";
import { suggestName } from "../../core/suggest.ts";
import type { Finding } from "../findings.ts";
import type {
  AnyStage,
  CompiledParameters,
  DeclaredSite,
  ResolvedSite,
  StageKindDefinition,
} from "./kind.ts";
import { factsOf, unknownNames } from "./names.ts";
import {
  count,
  type DeclaredInputs,
  inputs,
  name,
  random,
  type RandomDeclaration,
  stageName,
} from "./shared_fields.ts";
import { train } from "./train.ts";
import { trainedModels } from "./trained_models.ts";

/** A stage that scores a trained model's predictions on episodes that it has not seen. */
export interface ScoreDeclaration<Name extends string = string> extends RandomDeclaration {
  readonly kind: "score";
  /** The train stage, the stage of its dataset, and those named in `compare`. */
  readonly from: DeclaredInputs<Name>;
  /**
   * Split whose episodes are predicted.
   *
   * @default {"test"}
   */
  readonly split?: Split;
  /**
   * Samples of a predicted density, in [1, 10^6]; intervals and medians of fewer than 1,024 are biased.
   *
   * @default {1024}
   */
  readonly samples?: number;
  /**
   * Transitions of each kind whose density is sampled, evenly spaced over all, in [1, 10^9].
   *
   * @default {6000}
   */
  readonly transitions?: number;
  /**
   * Further trained inputs by the role that the model gives them, e.g. `{ base: "train_base" }`; none
   * if absent.
   */
  readonly compare?: Readonly<Record<string, string>>;
}

const schema = z.strictObject({
  kind: z.literal("score"),
  from: inputs,
  split: z.enum(SPLITS).default("test").describe("Episodes to predict"),
  samples: z.int().min(1).max(1_000_000).default(1024).describe(
    "Samples per predicted density; with fewer than 1,024, intervals and medians are " +
      "biased",
  ),
  transitions: count.default(6000).describe(
    "Number of transitions of each kind to sample, evenly spaced over all transitions",
  ),
  compare: z.record(name, stageName).default({}).describe(
    "Additional trained inputs by their role in the model, e.g. { base: train_base }",
  ),
  ...random,
}).describe("Scores a trained model's predictions on unseen episodes");

type Score = z.output<typeof schema>;

/** Metrics and figures of a score, in bytes. */
const SCORE_BYTES = 100_000;

/** Parameters of a compiled score stage. */
export type ScoreParameters = CompiledParameters<typeof schema>;

/** Scores the predictions of a model. */
export const score: StageKindDefinition<"score", typeof schema, ScoreParameters> = {
  kind: "score",
  schema,
  reads: { model: [1, 63], dataset: 1 },
  gives: "scores",
  identity: { codeVersion: 1, versions: ["deno"], omits: [], draws: true },
  work: { shape: "whole", resource: "learn" },
  isLarge: true,
  isResult: true,
  progress: {
    unit: "predictions",
    count: "episodes",
    countUnit: "episodes",
    judgedBy: "success_rate",
  },
  headline: ["episodes", "nll_excess", "one_step_error", "coverage_90"],
  verdict: ({ episodes }) => `${episodes} unseen episodes were predicted`,
  renameInputs: nameRoles,
  checks: checkRoles,
  lookUp: checkModels,
  estimate({ parameters: { transitions } }) {
    return { shards: 0, count: transitions, unit: "transitions", bytes: SCORE_BYTES };
  },
};

/** A role is played by the variant that the stage reads. */
function nameRoles(stage: AnyStage, variantsOf: (name: string) => readonly string[]): AnyStage {
  const compare = stage["compare"];
  if (!isRecord(compare)) return stage;
  const named = Object.entries(compare).map((
    [role, input],
  ) => [role, typeof input === "string" ? variantsOf(input)[0] : input]);
  return { ...stage, compare: Object.fromEntries(named) };
}

/** A score reads one dataset, one model, and what that is compared with, each in a role. */
function checkRoles(
  { name, stage, inputs, stages }: DeclaredSite<
    { readonly compare?: Readonly<Record<string, string>> | undefined }
  >,
): readonly Finding[] {
  const path = ["stages", name];
  if (!inputs.every((input) => stages.has(input))) return []; // and told of already
  const trained = inputs.filter((input) => stages.get(input)!.kind === train.kind);
  const compare = Object.entries(stage.compare ?? {}), compared = compare.map(([, at]) => at);
  const strangers = compare.filter(([, input]) => !trained.includes(input));
  if (strangers.length > 0) {
    return strangers.map(([role, input]) => ({
      check: "unknown-input",
      path: [...path, "compare", role],
      problem: `the stage has no trained input "${input}"`,
      remedy: suggestName(input, trained),
    }));
  }
  const found = {
    dataset: inputs.length - trained.length,
    model: trained.filter((input) => !compared.includes(input)).length,
  };
  return (["dataset", "model"] as const).filter((what) => found[what] !== 1).map((what) => ({
    check: found[what] === 0 ? "missing-input" : "too-many-inputs",
    path: [...path, "from"],
    problem: `expected one ${what}, found ${found[what]}`,
    remedy: what === "dataset"
      ? "name one merge stage"
      : "name one train stage, and give others a role in compare",
  }));
}

function checkModels(site: ResolvedSite<Score>): readonly Finding[] {
  const path = ["stages", site.name], { models } = site.registered;
  const names = trainedModels(site), [model = ""] = names;
  const other = names.find((name) => name !== model);
  if (other !== undefined) {
    const problem = `expected models of one kind, found ${model} and ${other}`;
    const remedy = "declare one score stage for each";
    return [{ check: "wrong-input-kind", path: [...path, "from"], problem, remedy }];
  }
  const facts = factsOf(models, model);
  if (facts === undefined) return []; // the train stage says so
  if (facts.roles === undefined) {
    const problem = `model "${model}" is a policy and makes no predictions to score`;
    const remedy = "use a stage of kind evaluate";
    return [{ check: "wrong-input-kind", path: [...path, "from"], problem, remedy }];
  }
  return unknownNames(
    [...path, "compare"],
    Object.keys(site.resolution.stage.compare),
    facts.roles,
  );
}
